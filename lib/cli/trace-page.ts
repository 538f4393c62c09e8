/**
 * One HTML page with everything in it: no request leaves it, and names in it are text.
 *
 * Data goes in as base64 of gzip, which has nothing that HTML could take for markup. The page says
 * by the digest of its script that no other may run.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { count, many } from './format.js'
import type { Kind, Model } from './trace-model.js'
import { isRest, type NameSummary, summarizeNames, summarizeRows } from './trace-summary.js'

/** The page's own sources, as they are, in an order in which each needs only those before it. */
const SCRIPTS = [
  'data.mjs',
  'scale.mjs',
  'colors.mjs',
  'layout.mjs',
  'arrows.mjs',
  'draw.mjs',
  'overview.mjs',
  'controls.mjs',
  'search.mjs',
  'tip.mjs',
  'main.mjs',
]
const VIEWER = join(__dirname, '..', '..', 'lib', 'viewer')
const NAMES_MOST = 200
const LEGEND_MOST = 12
const ARROWS = { steal: 'steals', wake: 'wake-ups', resume: 'resumptions' }

export function pageOf(model: Model): string {
  const script = scriptText()
  const digest = createHash('sha256').update(script).digest('base64')
  const title = escapeText(model.title)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
${readFileSync(join(VIEWER, 'page.css'), 'utf8')}</style>
</head>
<body>
${headerOf(model, title)}
${stageOf(model)}
<main>
<section aria-labelledby="rows"><h2 id="rows">Rows</h2>
${rowsTable(model)}
</section>
<section aria-labelledby="names"><h2 id="names">Names</h2>
${namesTable(model)}
</section>
</main>
<div id="tip" role="tooltip" hidden></div>
${HELP}
<script type="text/plain" id="data">${packedText(model)}</script>
<script>${script}</script>
</body>
</html>
`
}

/** For text and for attributes in double quotes. */
export function escapeText(text: string): string {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return text.replace(/[&<>"']/g, (character) => entities[character as '&'])
}

/** All of it in one scope, so that nothing has to be imported. */
export function scriptText(): string {
  const texts = SCRIPTS.map((name) => readFileSync(join(VIEWER, name), 'utf8'))
  const plain = texts.map((text) => {
    return text.replace(/^import [^'"]*'.*'\n/gm, '').replace(/^export /gm, '')
  })
  return `\n;(() => {\n'use strict'\n${plain.join('\n')}})()\n`
}

/** What `data.mjs` reads: a head in JSON after its length, and columns, each at eight bytes. */
function packedText(model: Model): string {
  const { slices, arrows, marks, duration, unit, rows, kinds, args, lanes } = model
  const counts = { slices: slices.count, arrows: arrows.count, marks: marks.count }
  const head = Buffer.from(JSON.stringify({ duration, unit, rows, kinds, args, lanes, counts }))
  const columns = [
    ...[slices.start, slices.duration, slices.kind, slices.args],
    ...[arrows.from, arrows.to, arrows.fromRow, arrows.toRow, arrows.kind],
    ...[marks.time, marks.row, marks.kind],
  ]
  const length = Buffer.alloc(8)
  length.writeUInt32LE(head.length)
  const pieces: Uint8Array[] = [Buffer.concat([length, aligned(head)])]
  for (const { buffer, byteOffset, byteLength } of columns) {
    pieces.push(aligned(Buffer.from(buffer, byteOffset, byteLength)))
  }
  return gzipSync(Buffer.concat(pieces)).toString('base64')
}

function aligned(bytes: Uint8Array): Uint8Array {
  const rest = -bytes.length & 7
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(rest)])
}

function headerOf(model: Model, title: string): string {
  const { rows, slices, arrows, lost } = model
  const facts = [
    timeText(model, model.duration),
    many(rows.length, 'row'),
    many(slices.count, 'slice'),
    many(arrows.count, 'arrow'),
  ]
  if (lost > 0) facts.push(`${count(lost)} earlier events were not kept`)
  return `<header>
<h1>${title}</h1>
<p class="facts">${facts.join(' · ')}</p>
<div class="tools">
<output id="found" for="search"></output>
<input class="tool" type="search" id="search" placeholder="Search names ( / )"
  aria-label="Search names">
<button class="tool" id="out" aria-label="Zoom out">−</button>
<button class="tool" id="in" aria-label="Zoom in">+</button>
<button class="tool" id="fit">All</button>
<button class="tool" id="keys" aria-label="Keys and mouse">?</button>
</div>
</header>`
}

function stageOf(model: Model): string {
  const { kinds } = model
  const named = kinds.map((kind, index) => ({ ...kind, index }))
  const isRepeated = (kind: Kind, index: number) =>
    kinds.findIndex(({ name }) => name === kind.name) < index
  const shown = named.filter((kind) => {
    return kind.count > 0 && (isRest(kind) || kind.category !== 'wake')
  })
  const first = shown.filter((kind) => !isRepeated(kind, kind.index))
  const rest = first.filter(isRest)
  const chips = [...first.filter((kind) => !isRest(kind)).slice(0, LEGEND_MOST), ...rest]
  return `<div id="stage">
<canvas id="overview" role="img" aria-label="How many rows were at work, over time"></canvas>
<canvas id="chart" tabindex="0" role="img" aria-describedby="range"
  aria-label="What ran when, one row a worker; press ? for keys. The tables below say it in words."
></canvas>
</div>
<div class="legend">
<div>
${chips.map((kind) => nameButton(kind.name, kind.index)).join('\n')}
</div>
<div>
${arrowBoxes(model)}
<output id="range" aria-live="polite"></output>
</div>
</div>
<noscript><p>The chart needs JavaScript; the tables do not.</p></noscript>`
}

function nameButton(name: string, kind: number): string {
  const text = escapeText(name)
  const swatch = `<i class="swatch" data-kind="${kind}"></i>`
  const inside = `${swatch}<span>${text}</span>`
  return `<button class="name" data-name="${text}" title="${text}">${inside}</button>`
}

/** A box for each kind of arrow that there is. */
function arrowBoxes({ arrows, kinds }: Model): string {
  const counts = new Map<string, number>()
  for (let i = 0; i < arrows.count; ++i) {
    const name = kinds[arrows.kind[i] as number]?.name ?? ''
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const boxes = [...counts].map(([name, n]) => {
    const text = escapeText(name)
    const label = escapeText(ARROWS[name as keyof typeof ARROWS] ?? name)
    const box = `<input type="checkbox" data-show="${text}" checked>`
    const swatch = `<i class="arrow" data-arrow="${text}"></i>`
    return `<label>${box}${swatch}${count(n)} ${label}</label>`
  })
  return boxes.join('\n')
}

function rowsTable(model: Model): string {
  const lines = summarizeRows(model).map(({ name, busy, slices, steals, wakes, parks }) => {
    const percent = (100 * busy).toFixed(1)
    const bar = `<span class="meter"><i style="width:${percent}%"></i></span>`
    const meter = `<td>${bar}${percent}%</td>`
    const numbers = [slices, steals, wakes, parks].map((n) => `<td>${count(n)}</td>`).join('')
    return `<tr><td>${escapeText(name)}</td>${meter}${numbers}</tr>`
  })
  return `<table><thead><tr><th scope="col">row</th><th scope="col">busy</th>
<th scope="col">slices</th><th scope="col">steals</th><th scope="col">woken</th>
<th scope="col">parked</th></tr></thead>
<tbody>
${lines.join('\n')}
</tbody></table>`
}

function namesTable(model: Model): string {
  const all = summarizeNames(model)
  const lines = all.slice(0, NAMES_MOST).map((line) => nameLine(model, line))
  const more = all.length - lines.length
  const rest = more > 0 ? `\n<tr><td colspan="5">and ${count(more)} more names</td></tr>` : ''
  return `<table><thead><tr><th scope="col">name</th><th scope="col">count</th>
<th scope="col">total</th><th scope="col">median</th><th scope="col">longest</th></tr></thead>
<tbody>
${lines.join('\n')}${rest}
</tbody></table>`
}

function nameLine(
  model: Model,
  { name, kind, count: n, total, median, most }: NameSummary,
): string {
  const times = [total, median, most].map((time) => `<td>${timeText(model, time)}</td>`).join('')
  return `<tr><td>${nameButton(name, kind)}</td><td>${count(n)}</td>${times}</tr>`
}

/** `12.3 ms` */
function timeText({ unit }: Model, time: number): string {
  if (unit === 'steps') return `${count(Math.round(time))} steps`
  for (const [scale, name] of [
    [1e6, 's'],
    [1e3, 'ms'],
    [1, 'µs'],
  ] as const) {
    if (time >= scale) return `${(time / scale).toFixed(time < 100 * scale ? 2 : 1)} ${name}`
  }
  return `${Math.round(time * 1e3)} ns`
}

const HELP = `<dialog id="help" aria-label="Keys and mouse"><h2>Keys and mouse</h2><dl>
<dt><kbd>W</kbd> <kbd>S</kbd> or <kbd>+</kbd> <kbd>−</kbd>, wheel</dt><dd>zoom in and out</dd>
<dt><kbd>A</kbd> <kbd>D</kbd> or <kbd>←</kbd> <kbd>→</kbd>, drag</dt><dd>move in time</dd>
<dt><kbd>↑</kbd> <kbd>↓</kbd>, wheel on names</dt><dd>move to other rows</dd>
<dt>Shift and drag</dt><dd>zoom to what is marked</dd>
<dt>double click</dt><dd>zoom to a slice</dd>
<dt><kbd>0</kbd></dt><dd>all of it</dd>
<dt><kbd>/</kbd></dt><dd>search; <kbd>Enter</kbd> goes to the next slice</dd>
<dt><kbd>N</kbd>, Shift <kbd>N</kbd></dt><dd>the next slice that matches, the one before</dd>
<dt><kbd>Esc</kbd></dt><dd>search no more</dd>
</dl><form method="dialog"><button>Close</button></form></dialog>`
