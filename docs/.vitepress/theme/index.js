/**
 * VitePress' own theme, with wide tables and code that is read on a phone.
 */
import theme from 'vitepress/theme';
import './style.css';

export default theme;
