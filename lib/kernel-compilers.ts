/**
 * What compilers, bundlers and coverage tools leave in a function's text.
 *
 * Names are recognised by their form and by all their uses: one alone is never enough.
 */
import type * as acorn from 'acorn'

import type { Mention, Path } from './kernel-scope'

/** What esbuild's and rolldown's `keepNames` puts around functions: `__name(f, 'f')`. */
export function isNaming(name: string, mentions: readonly Mention[]): boolean {
  return /^__name(\$?\d+)?$/.test(name) && mentions.every(({ path }) => namedBy(path))
}

/**
 * The increments of counters that istanbul's instruments put everywhere, if that is what all these
 * mentions are: `cov_1x2y().s[3]++`, `cov_1x2y().b[0][1]++`, `__coverage__['a.js'].f[0]++`.
 */
export function countersOf(name: string, mentions: readonly Mention[]): Path[] | undefined {
  if (!/^(__coverage__|(__)?cov_[\w$]+)$/.test(name)) return undefined
  const counters = mentions.map(({ path }) => counterOf(path))
  return counters.every((counter) => counter !== undefined) ? counters : undefined
}

/**
 * Whether it is what minifiers make of `__name`. A program's own function may be called so, too,
 * with another meaning: this is for a hint, and no more.
 */
export function isLikeNaming(mentions: readonly Mention[]): boolean {
  return mentions.every(({ path }) => NAMED.has(namedBy(path)?.type))
}

/**
 * What a mention imports, if a compiler has made a member of a module of an import.
 *
 * @param others all mentions of the same name
 * @returns the export's name; and the module's where a program may have such a name itself
 */
export function importOf(
  { name, path }: Mention,
  others: readonly Mention[],
): { name: string; of?: string } | undefined {
  const member = memberName(path)
  if (MODULES.test(name)) return { name: member ?? name }
  if (member === undefined) return undefined
  const isModule = LIKELY_MODULES.test(name) || others.some((other) => isDetached(other.path))
  return isModule ? { name: member, of: name } : undefined
}

/** The `gain` of `exports.gain`, as TypeScript mentions a variable that is exported. */
export function exportOf({ name, path }: Mention): string | undefined {
  return name === 'exports' ? memberName(path) : undefined
}

/** What `import.meta` and `import()` have become, if it is that. */
export function moduleOf(name: string): string | undefined {
  return moduleNames.get(name)
}

/** Whether compilers call a helper so, that does what an older JavaScript has no syntax for. */
export function isHelper(name: string): boolean {
  const words = name.replace(/^_+/, '').replace(/\$?\d+$/, '')
  // One word behind one underscore is as well a program's own name, `_values`.
  if (/^_[a-z]+$/.test(name)) return plainHelpers.has(words)
  const camel = words.replace(/_+(\w)/g, (_, letter: string) => letter.toUpperCase())
  if (!name.startsWith('_')) return lonelyHelpers.has(name)
  return helpers.has(camel) || /^class(Static)?Private[A-Z]|^regenerator/.test(camel)
}

/** vite's, vitest's, webpack's. */
const MODULES = /^__vi(te_ssr)?_import_\d+__$|__WEBPACK_(IMPORTED|EXTERNAL)_MODULE_\w+__$/

/** esbuild's `import_part`, TypeScript's `part_1`, Babel's and swc's `_part`. */
const LIKELY_MODULES = /^import_\w+$|^\w+_\d+$|^_[A-Za-z]\w*$/

/** vite's and vitest's; esbuild's. */
const moduleNames = new Map([
  ['__vite_ssr_import_meta__', 'import.meta'],
  ['__vite_ssr_dynamic_import__', 'import()'],
  ['import_meta', 'import.meta'],
])

/**
 * TypeScript's, esbuild's, swc's and Babel's, without underscores before them and numbers behind
 * them, in camel case: `__spreadArray`, `_object_spread`, `_objectSpread2`.
 */
const HELPERS = `
  accessCheck addDisposableResource apply applyDecoratedDescriptor applyDecs arrayLikeToArray
  arrayWithHoles arrayWithoutHoles assertClassBrand assertThisInitialized assign async
  asyncDelegator asyncGenerator asyncGeneratorDelegate asyncIterator asyncToGenerator
  asyncValues await awaitAsyncGenerator awaiter callDispose callSuper checkPrivateRedeclaration
  classApplyDescriptorGet classApplyDescriptorSet classCallCheck classExtractFieldDescriptor
  construct createBinding createClass createForOfIteratorHelper createForOfIteratorHelperLoose
  createSuper decorate decorateClass decorateElement defNormalProp defineAccessor
  defineEnumerableProperties defineProperty disposeResources esDecorate export exportStar
  extends forAwait generator get getPrototypeOf importDefault importDefer importStar inherits
  inheritsLoose instanceof interopRequireDefault interopRequireWildcard iterableToArray
  iterableToArrayLimit makeTemplateObject metadata newArrowCheck nonIterableRest
  nonIterableSpread objRest objectDestructuringEmpty objectSpread objectSpreadProps
  objectWithoutProperties objectWithoutPropertiesLoose param possibleConstructorReturn pow
  privateAdd privateGet privateIn privateMethod privateSet privateWrapper propKey publicField
  read readOnlyError rest restKey rewriteRelativeImportExtension runInitializers set
  setFunctionName setPrototypeOf skipFirstGeneratorNext slicedToArray spread spreadArray
  spreadArrays spreadProps spreadValues superPropGet superPropSet taggedTemplateLiteral
  taggedTemplateLiteralLoose template throw toArray toConsumableArray toESM toPrimitive
  toPropertyKey tsGenerator tsRewriteRelativeImportExtensions tsValues typeOf typeof
  unsupportedIterableToArray using usingCtx values wrapAsyncGenerator wrapNativeSuper wrapRegExp
  writeOnlyError yieldStar
`

const helpers = new Set(HELPERS.match(/\S+/g))
const plainHelpers = new Set(['construct', 'extends', 'inherits', 'instanceof', 'regenerator'])
const lonelyHelpers = new Set(['babelHelpers', 'regeneratorRuntime'])

/** What has a name: functions, classes, and what may be one. */
const NAMED: ReadonlySet<string | undefined> = new Set([
  ...['FunctionExpression', 'ArrowFunctionExpression', 'ClassExpression', 'Identifier'],
  'ThisExpression',
])

/** The `f` of `name(f, 'f')`, for the path of `name`. */
function namedBy({ node, up }: Path): acorn.AnyNode | undefined {
  const call = up?.node
  if (call?.type !== 'CallExpression' || call.callee !== node) return undefined
  const [named, name, ...rest] = call.arguments
  return isString(name) && rest.length === 0 ? named : undefined
}

/** Outward from the name: perhaps a call, then members, the last a number's, then `++`. */
function counterOf(path: Path): Path | undefined {
  let at = path
  const keys: string[] = []
  const { node, up } = at
  if (up?.node.type === 'CallExpression' && up.node.callee === node) at = up
  while (at.up?.node.type === 'MemberExpression' && at.up.node.object === at.node) {
    keys.push(keyOf(at.up.node) ?? '')
    at = at.up
  }
  const isCounter = /^([^,]*,)?(s|f|b|bT)(,\d+){1,2}$/.test(keys.join())
  const update = at.up
  return isCounter && update?.node.type === 'UpdateExpression' ? update : undefined
}

/** The `part` of `part_1.part` and `_part['part']`, for the path of `part_1`. */
function memberName({ node, up }: Path): string | undefined {
  const member = up?.node
  return member?.type === 'MemberExpression' && member.object === node ? keyOf(member) : undefined
}

function keyOf({ computed, property }: acorn.MemberExpression): string | undefined {
  if (!computed) return property.type === 'Identifier' ? property.name : undefined
  return property.type === 'Literal' ? String(property.value) : undefined
}

/** Whether it is in `(0, part.part)`, as compilers write it to call without a `this`. */
function isDetached({ up }: Path): boolean {
  const sequence = up?.up?.node
  if (sequence?.type !== 'SequenceExpression' || sequence.expressions.length !== 2) return false
  const [zero, member] = sequence.expressions
  return zero?.type === 'Literal' && zero.value === 0 && member === up?.node
}

function isString(node: acorn.AnyNode | undefined): boolean {
  return node?.type === 'Literal' && typeof node.value === 'string'
}
