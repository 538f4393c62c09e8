/**
 * Which names a function mentions that nothing in it declares.
 *
 * One walk over the tree opens the scopes, notes what each declares, and notes each mention with
 * the scope that it is in. Only then are the mentions looked up: what is declared further down
 * counts, too. All is strict code.
 *
 *     scope of             declares
 *     function expression  its own name
 *     parameters           themselves; but for arrows also `this`, `arguments`, `new.target`; in a
 *                          method `super`
 *     function body        `var`, and what a block does
 *     block, loop, switch  `let`, `const`, `using`, classes, functions
 *     catch                its parameter
 *     class                its own name; inside of that one, its private names, as `#name`
 *     field, static block  `this`, `super`, `new.target`; a static block also `var`
 *
 * So what is no identifier, but is looked up as one, is a name here like any other: `this`,
 * `super`, `new.target`, `#name`. Nothing declares `import.meta`, `import()` and `eval()`, the
 * direct one.
 */
import type * as acorn from 'acorn'

type Node = acorn.AnyNode

/** A node, and those around it. */
export interface Path {
  readonly node: Node
  readonly up: Path | undefined
}

/** A name that is mentioned, and by which node. */
export interface Mention {
  readonly name: string
  readonly path: Path
}

/** Every mention of a name that the function does not declare, in the order of its text. */
export function freeMentions(root: Node): Mention[] {
  const walk = new Walk()
  walk.visit(root, new Scope(undefined), undefined)
  return walk.free().sort((a, b) => a.path.node.start - b.path.node.start)
}

/** What each function but an arrow has of its own. */
const OF_FUNCTIONS = ['this', 'arguments', 'new.target']
const OF_FIELDS = ['this', 'super', 'new.target']

class Scope {
  readonly #up: Scope | undefined
  readonly #takesVars: boolean
  readonly #names: Set<string>

  constructor(up: Scope | undefined, names: readonly string[] = [], takesVars = up === undefined) {
    this.#up = up
    this.#takesVars = takesVars
    this.#names = new Set(names)
  }

  declare(names: readonly string[]): void {
    for (const name of names) this.#names.add(name)
  }

  /** Where a `var` in this scope is declared. */
  forVars(): Scope {
    return this.#takesVars || this.#up === undefined ? this : this.#up.forVars()
  }

  has(name: string): boolean {
    return this.#names.has(name) || (this.#up?.has(name) ?? false)
  }
}

class Walk {
  readonly #mentions: (Mention & { scope: Scope })[] = []

  free(): Mention[] {
    return this.#mentions.filter(({ name, scope }) => !scope.has(name))
  }

  visit(node: Node, scope: Scope, up: Path | undefined): void {
    const path = { node, up }
    const name = mentionedBy(node)
    if (name !== undefined) this.#mentions.push({ name, path, scope })
    switch (node.type) {
      case 'MetaProperty':
      case 'BreakStatement':
      case 'ContinueStatement':
        break // What is below is no name, or that of a label.
      case 'LabeledStatement':
        this.visit(node.body, scope, path)
        break
      case 'MemberExpression':
        this.#member(node, scope, path)
        break
      case 'Property':
        this.#property(node, scope, path)
        break
      case 'VariableDeclaration':
        this.#variables(node, scope, path)
        break
      case 'FunctionDeclaration':
        scope.declare(namesOf(node.id))
        this.#function(node, scope, path, OF_FUNCTIONS)
        break
      case 'FunctionExpression':
        this.#function(node, new Scope(scope, namesOf(node.id)), path, OF_FUNCTIONS)
        break
      case 'ArrowFunctionExpression':
        this.#function(node, scope, path, [])
        break
      case 'ClassDeclaration':
        scope.declare(namesOf(node.id))
        this.#class(node, scope, path)
        break
      case 'ClassExpression':
        this.#class(node, scope, path)
        break
      case 'SwitchStatement':
        this.visit(node.discriminant, scope, path)
        this.#all(node.cases, new Scope(scope), path)
        break
      default:
        this.#children(node, scopeIn(node, scope), path)
    }
  }

  #children(node: Node, scope: Scope, path: Path): void {
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) this.#all(child, scope, path)
      else if (isNode(child)) this.visit(child, scope, path)
    }
  }

  #all(nodes: readonly unknown[], scope: Scope, path: Path): void {
    for (const node of nodes) if (isNode(node)) this.visit(node, scope, path)
  }

  #member(node: acorn.MemberExpression, scope: Scope, path: Path): void {
    this.visit(node.object, scope, path)
    if (node.computed || node.property.type === 'PrivateIdentifier') {
      this.visit(node.property, scope, path)
    }
  }

  #property(node: acorn.Property | acorn.AssignmentProperty, scope: Scope, path: Path): void {
    if (node.computed) this.visit(node.key, scope, path)
    const isMethod = node.method || node.kind !== 'init'
    if (isMethod) this.#method(node.value as acorn.FunctionExpression, scope, path)
    else this.visit(node.value, scope, path)
  }

  #variables(node: acorn.VariableDeclaration, scope: Scope, path: Path): void {
    const target = node.kind === 'var' ? scope.forVars() : scope
    for (const { id } of node.declarations) target.declare(namesOf(id))
    this.#children(node, scope, path)
  }

  #method(node: acorn.FunctionExpression, scope: Scope, up: Path): void {
    this.#function(node, scope, { node, up }, [...OF_FUNCTIONS, 'super'])
  }

  /** Parameters do not see what the body declares, so it has a scope of its own. */
  #function(node: acorn.Function, scope: Scope, path: Path, own: readonly string[]): void {
    const parameters = new Scope(scope, [...own, ...node.params.flatMap(namesOf)])
    this.#all(node.params, parameters, path)
    const body = new Scope(parameters, [], true)
    if (node.body.type === 'BlockStatement') this.#children(node.body, body, path)
    else this.visit(node.body, body, path)
  }

  #class(node: acorn.Class, scope: Scope, path: Path): void {
    const named = new Scope(scope, namesOf(node.id))
    if (node.superClass) this.visit(node.superClass, named, path)
    const inner = new Scope(named, node.body.body.flatMap(privateNameOf))
    for (const element of node.body.body) this.#element(element, inner, path)
  }

  #element(node: acorn.ClassBody['body'][number], scope: Scope, up: Path): void {
    const path = { node, up }
    if (node.type === 'StaticBlock') {
      this.#all(node.body, new Scope(scope, OF_FIELDS, true), path)
      return
    }
    if (node.computed) this.visit(node.key, scope, path)
    if (node.type === 'MethodDefinition') this.#method(node.value, scope, path)
    else if (node.value) this.visit(node.value, new Scope(scope, OF_FIELDS), path)
  }
}

/** The scope of what is in a node that is in `scope`. */
function scopeIn(node: Node, scope: Scope): Scope {
  switch (node.type) {
    case 'BlockStatement':
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
      return new Scope(scope)
    case 'CatchClause':
      return new Scope(scope, namesOf(node.param))
    default:
      return scope
  }
}

function mentionedBy(node: Node): string | undefined {
  switch (node.type) {
    case 'Identifier':
      return node.name
    case 'PrivateIdentifier':
      return `#${node.name}`
    case 'ThisExpression':
      return 'this'
    case 'Super':
      return 'super'
    case 'MetaProperty':
      return `${node.meta.name}.${node.property.name}`
    case 'ImportExpression':
      return 'import()'
    case 'CallExpression':
      return isIdentifier(node.callee, 'eval') ? 'eval()' : undefined
    default:
      return undefined
  }
}

/** The names that a pattern binds. */
function namesOf(pattern: acorn.Pattern | null | undefined): string[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name]
    case 'ObjectPattern':
      return pattern.properties.flatMap((each) =>
        namesOf(each.type === 'RestElement' ? each : each.value),
      )
    case 'ArrayPattern':
      return pattern.elements.flatMap(namesOf)
    case 'AssignmentPattern':
      return namesOf(pattern.left)
    case 'RestElement':
      return namesOf(pattern.argument)
    default:
      return []
  }
}

function privateNameOf(element: acorn.ClassBody['body'][number]): string[] {
  if (element.type === 'StaticBlock' || element.key.type !== 'PrivateIdentifier') return []
  return [`#${element.key.name}`]
}

function isNode(value: unknown): value is Node {
  return typeof (value as { type?: unknown } | null)?.type === 'string'
}

function isIdentifier(node: Node, name: string): boolean {
  return node.type === 'Identifier' && node.name === name
}
