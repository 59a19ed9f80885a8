/**
 * `circuit completion bash|zsh|fish`: prints what makes a shell complete commands, options, and paths, for which it asks the circuit.
 */
import { Argument, Command } from 'commander';
import type { Console } from '../../console/console.js';
import { print } from '../output.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** @param program looked at when the command is run, and all others are there */
export function completionCommand({ stdout }: Console, program: Command): Command {
  return new Command('completion')
    .description('print what makes a shell complete the words of this program')
    .addArgument(new Argument('<SHELL>', 'for which shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(circuit completion bash)\n  circuit completion zsh > "${fpath[1]}/_circuit"\n  circuit completion fish > ~/.config/fish/completions/circuit.fish',
    )
    .action(async (shell: (typeof SHELLS)[number]) => {
      const [{ commandsOf }, { bashScript }, { zshScript }, { fishScript }] = await Promise.all([
        import('./vocabulary.js'),
        import('./bash.js'),
        import('./zsh.js'),
        import('./fish.js'),
      ]);
      const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
      await print(stdout, script(commandsOf(program)));
    });
}
