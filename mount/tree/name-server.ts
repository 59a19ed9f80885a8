/**
 * A name server in the tree.
 */
import { type ElementView, peek } from './kinds.js';

export const nameServerView: ElementView = {
  title: 'a name server',
  files: { peek },
  notices: (state) => {
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec((state as { readonly Address: string }).Address) ?? [];
    return [`It answers at ${host}, port ${port}, over UDP and TCP:`, '', `    dig @${host} -p ${port} NAME TYPE`];
  },
};
