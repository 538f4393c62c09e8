/**
 * Finds the files under some paths: depth first, by the bytes of the names within each folder.
 *
 * A folder is read at once and whole, as that is by far the cheapest way; so what is held in memory
 * are the names in the folders from the path that was given down to the one where the walk is.
 *
 * Nothing is opened here, and whatever is not a regular file has its failure from the start, so
 * that nobody opens it: opening a device or a pipe can do things, or wait for ever.
 */
import { lstatSync, readdirSync, statSync } from 'node:fs'

import { describe, type Failure, NOT_REGULAR } from './failure.js'
import type { ByteString } from './names.js'

/** Regular files that follow each other, or, if there is a failure, one thing that is none. */
export interface Group {
  readonly paths: readonly ByteString[]
  readonly failure: Failure | undefined
}

/** Answers the questions that the walk has about an entry. */
interface Type {
  isDirectory(): boolean
  isFile(): boolean
  isSymbolicLink(): boolean
}

interface Child extends Type {
  readonly name: ByteString
}

/** A group is passed on as arguments of one call. */
const GROUP_MAX = 1024

interface Folder {
  readonly prefix: ByteString
  /** What is left of them, the next one last. */
  readonly children: Child[]
}

/** What ends a group before its folder ends: something with a failure, or a folder. */
interface Stop {
  readonly path: ByteString
  readonly failure: Failure
}

/**
 * All files under `paths`.
 *
 * Links to files are followed, links to folders only if they are among `paths`.
 */
export function* walk(paths: readonly ByteString[]): Generator<Group, void, undefined> {
  for (const path of paths) {
    const failure = failureOf(path)
    if (failure === IS_FOLDER) yield* walkFolder(path)
    else yield { paths: [path], failure }
  }
}

function* walkFolder(root: ByteString): Generator<Group, void, undefined> {
  const stack: Folder[] = []
  let stop: Stop | undefined = { path: root, failure: IS_FOLDER }
  while (true) {
    if (stop?.failure === IS_FOLDER) stop = enter(stop.path, stack)
    if (stop !== undefined) yield { paths: [stop.path], failure: stop.failure }
    const folder = stack.at(-1)
    if (folder === undefined) return
    const files: ByteString[] = []
    stop = advance(folder, files)
    if (files.length > 0) yield { paths: files, failure: undefined }
    if (stop === undefined && folder.children.length === 0) stack.pop()
  }
}

/** Reads a folder, and puts it on the stack. Returns why it cannot, if so. */
function enter(path: ByteString, stack: Folder[]): Stop | undefined {
  try {
    const children = childrenOf(path).sort(lastFirst)
    stack.push({ prefix: path.endsWith('/') ? path : `${path}/`, children })
    return undefined
  } catch (error) {
    return { path, failure: describe(error as Error) }
  }
}

/** Takes the files that come next, as far as nothing else is between them. */
function advance({ prefix, children }: Folder, files: ByteString[]): Stop | undefined {
  while (files.length < GROUP_MAX) {
    const child = children.pop()
    if (child === undefined) break
    const path = prefix + child.name
    const failure = child.isFile() ? undefined : failureOfChild(child, path)
    if (failure === undefined) files.push(path)
    else if (failure !== IS_LINK_TO_FOLDER) return { path, failure }
  }
  return undefined
}

function failureOfChild(child: Child, path: ByteString): Failure | undefined {
  if (child.isDirectory()) return IS_FOLDER
  if (!child.isSymbolicLink()) return NOT_REGULAR
  const failure = failureOf(path, 'link')
  return failure === IS_FOLDER ? IS_LINK_TO_FOLDER : failure
}

const IS_FOLDER: Failure = { code: 'EISDIR', reason: 'a folder' }
const IS_LINK_TO_FOLDER: Failure = { code: 'EISDIR', reason: 'a link to a folder' }

/** Follows links. Undefined: it is a regular file. */
function failureOf(path: ByteString, kind?: 'link'): Failure | undefined {
  try {
    const found = statSync(Buffer.from(path, 'latin1'))
    if (found.isFile()) return undefined
    return found.isDirectory() ? IS_FOLDER : NOT_REGULAR
  } catch (error) {
    return describe(error as Error, kind)
  }
}

function childrenOf(path: ByteString): Child[] {
  const bytes = Buffer.from(path, 'latin1')
  try {
    return readdirSync(bytes, { encoding: 'latin1', withFileTypes: true })
  } catch (error) {
    // A file system that does not say what is what. Node then asks for each entry itself, but it
    // cannot put a path of bytes and a name of characters together.
    if ((error as { code?: string }).code !== 'ERR_INVALID_ARG_TYPE') throw error
    return readdirSync(bytes, 'latin1').map((name) => new UntypedChild(path, name))
  }
}

/** An entry of a folder that does not say what its entries are. */
class UntypedChild implements Child {
  readonly name: ByteString
  readonly #type: Type | undefined

  constructor(folder: ByteString, name: ByteString) {
    this.name = name
    const path = Buffer.from(`${folder}/${name}`, 'latin1')
    this.#type = lstatSync(path, { throwIfNoEntry: false })
  }

  isDirectory(): boolean {
    return this.#type?.isDirectory() ?? false
  }

  isFile(): boolean {
    // One that is gone again is found to be gone by whoever reads it.
    return this.#type?.isFile() ?? true
  }

  isSymbolicLink(): boolean {
    return this.#type?.isSymbolicLink() ?? false
  }
}

function lastFirst(a: Child, b: Child): number {
  return a.name < b.name ? 1 : -1
}
