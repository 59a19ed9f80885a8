/** `linksMade` and `TCPServerWrap` as labels of metrics have them: `links_made`, `tcp_server_wrap`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
