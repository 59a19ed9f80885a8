/**
 * A page of tables, with the picture of each section under its heading.
 */
import { type Section, sectionsOf, slugOf } from './tables.js';

/** The page, with a line for each picture that it does not show yet. @param folder of the pictures, from the page */
export function withPictures(markdown: string, folder: string): string {
  let page = markdown;
  for (const section of sectionsOf(markdown)) {
    const line = pictureOf(section, folder);
    if (page.includes(line)) continue;
    page = page.replace(`# ${section.title}\n`, (heading) => `${heading}\n${line}\n`);
  }
  return page;
}

function pictureOf(section: Section, folder: string): string {
  return `![${section.title.replaceAll('`', '')}: the figures of the table as bars](${folder}/${slugOf(section)}.svg)`;
}
