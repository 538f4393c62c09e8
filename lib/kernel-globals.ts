/**
 * The names that a kernel finds wherever it runs.
 *
 * A table, and not what `globalThis` has: a program adds to its own, and isolates do not know.
 * Each name is there in a `worker_thread` of some Node from 20 to 26. One that this Node lacks is
 * here all the same, as `typeof` is how programs ask for it.
 */

const ECMASCRIPT = `
  AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array
  BigUint64Array Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry
  Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array
  Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError
  Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError Temporal
  TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef
  WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis
  isFinite isNaN parseFloat parseInt undefined unescape
`

const NODE = `
  AbortController AbortSignal Blob BroadcastChannel Buffer ByteLengthQueuingStrategy
  CloseEvent CompressionStream CountQueuingStrategy Crypto CryptoKey CustomEvent
  DOMException DecompressionStream ErrorEvent Event EventSource EventTarget File FormData
  Headers MessageChannel MessageEvent MessagePort Navigator Performance PerformanceEntry
  PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList
  PerformanceResourceTiming QuotaExceededError ReadableByteStreamController ReadableStream
  ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController
  ReadableStreamDefaultReader Request Response Storage SubtleCrypto TextDecoder
  TextDecoderStream TextEncoder TextEncoderStream TransformStream
  TransformStreamDefaultController URL URLPattern URLSearchParams WebAssembly WebSocket
  WritableStream WritableStreamDefaultController WritableStreamDefaultWriter atob btoa
  clearImmediate clearInterval clearTimeout console crypto fetch global localStorage
  navigator performance process queueMicrotask sessionStorage setImmediate setInterval
  setTimeout structuredClone
`

const names = new Set(`${ECMASCRIPT} ${NODE}`.match(/\S+/g))

/** Whether it is a global of ECMAScript or Node, and not one of the program's own. */
export function isGlobal(name: string): boolean {
  return names.has(name)
}
