/**
 * What `--help` prints.
 */
import type { Topic } from './args.js'

const HEDDLE = `Usage: heddle sum [OPTION]... [PATH]...
       heddle trace [-o OUT] FILE
       heddle --help | --version

Commands:
  sum    print checksums of files; see heddle sum --help
  trace  make a page of what a scheduler has traced; see heddle trace --help
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

const TRACE = `Usage: heddle trace [-o OUT] FILE

Makes one HTML page of a trace: a row a worker, what ran there and when, steals and wake-ups as
arrows, and how much each worker and each name comes to. The page needs nothing else, no network
and no server: any browser of today shows it. Press ? in it for keys.

FILE is what scheduler.trace() gives, by JSON.stringify, or any other file in Chrome's trace format,
as an object or as the array alone. Of other files, what is no slice, arrow or mark is left out.

Options:
  -o, --output OUT
                 where to write the page (default: FILE with .html in place of .json, or standard
                 output if FILE is standard input)
  -h, --help     print this help
  --version      print the version
  --             what follows is a path, also if it begins with a dash

A dash alone stands for standard input, or standard output.

Exit status: 0 if the page was written, 1 if it was not, 2 for wrong arguments, 141 if standard
output was closed early.
`

const TEXTS: Record<Topic, string> = { heddle: HEDDLE, sum: SUM, trace: TRACE }

/** The help text about a topic. */
export function helpOf(topic: Topic): string {
  return TEXTS[topic]
}
