import { sizeCommand } from './size/command.ts';

process.exitCode = await sizeCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
