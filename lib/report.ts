/**
 * What is outstanding, as text and as a graph.
 */
import type { Epoch } from './epoch.js'
import type { Operation } from './operation.js'
import { describeSite } from './site.js'
import type { Task } from './task.js'
import type { TaskScheduler } from './task-scheduler.js'

/** A line for each task that has not ended, and for each operator that waits. */
export function report(scheduler: TaskScheduler): string {
  const tasks = [...scheduler.tasks].map(describeTask)
  const operations = [...scheduler.operations].map(describeOperation)
  return [...tasks, ...operations].join('\n')
}

/** For Graphviz: a box for each of them, an ellipse for each value, edges as the data goes. */
export function dot(scheduler: TaskScheduler): string {
  const lines: string[] = []
  const values = new Set<number>()
  const value = (epoch: Epoch): string => {
    if (!values.has(epoch.id)) lines.push(`  v${epoch.id} [label="value ${epoch.id}"];`)
    values.add(epoch.id)
    return `v${epoch.id}`
  }
  let operations = 0
  for (const operation of scheduler.operations) {
    const node = `o${++operations}`
    lines.push(`  ${node} [shape=box, label=${quote(operation.describe())}];`)
    for (const operand of operation.operands) lines.push(`  ${value(operand)} -> ${node};`)
    lines.push(`  ${node} -> ${value(operation.result)};`)
  }
  for (const task of scheduler.tasks) {
    const node = `t${task.id}`
    lines.push(`  ${node} [shape=box, label=${quote(`${task.describe()}\n${task.state}`)}];`)
    for (const epoch of task.reading()) lines.push(`  ${value(epoch)} -> ${node};`)
    for (const epoch of task.writing()) lines.push(`  ${node} -> ${value(epoch)};`)
  }
  return `digraph heddle {\n  rankdir=LR;\n${lines.join('\n')}\n}\n`
}

function describeTask(task: Task<unknown>): string {
  const waits = task.waitsFor === undefined ? '' : ` for ${task.waitsFor}`
  const age = `${((performance.now() - task.created) / 1000).toFixed(3)} s ago`
  const site = task.site === undefined ? '' : ` at ${describeSite(task.site)}`
  return `${task.describe()}: ${task.state}${waits}; created ${age}${site}`
}

function describeOperation(operation: Operation): string {
  const missing = operation.operands.filter((operand) => !operand.isSettled)
  const waits = missing.map((operand) => `value ${operand.id}`).join(' and ')
  const what = missing.length === 0 ? 'ready' : `waiting for ${waits}`
  return `${operation.describe()} for value ${operation.result.id}: ${what}`
}

/** A string of Graphviz. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
