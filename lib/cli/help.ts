/**
 * What `--help` prints.
 */
import type { Topic } from './args.js'

const HEDDLE = `Usage: heddle sum [OPTION]... [PATH]...
       heddle --help | --version

Commands:
  sum    print checksums of files; see heddle sum --help
`

const SUM = `Usage: heddle sum [OPTION]... [PATH]...

Prints a checksum (XXH3, 128 bits) of every regular file under the paths, or under the current
folder if there are none. What it prints can be verified with xxhsum -c.

Files are listed depth first, by the bytes of their names within each folder. Symbolic links to
files are followed. Links to folders are followed only if they are given as a PATH.

What cannot be read, or is not a regular file, gets one line on standard error; the rest is still
done. So does a name with a newline, which this format cannot hold; --json can. If standard output
is one of the files, it is left out.

Options:
  --backend auto|io_uring|threads
                 how to read files (default: auto, which is io_uring where it is allowed)
  --threads N    how many workers, 1 to 1024 (default: one for each processor)
  --json         print one JSON object a line: for each file, for each error, and a summary last
  --summary      print no checksums, but totals, the time it took, and the time that the same job
                 takes with Node's fs.promises
  -h, --help     print this help
  --version      print the version
  --             what follows are paths, also if they begin with a dash

Exit status: 0 if all files were read, 1 if some were not, 2 for wrong arguments, 141 if standard
output was closed early.
`

/** The help text about a topic. */
export function helpOf(topic: Topic): string {
  return topic === 'heddle' ? HEDDLE : SUM
}
