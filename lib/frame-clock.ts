/**
 * The clock of frames: milliseconds of the monotonic clock that native code uses, too.
 */
export function clock(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}
