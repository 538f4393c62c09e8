/**
 * Colors: one for each name, the most important ones far apart, in daylight and at night.
 */
import { isRest } from './data.mjs'

const PALETTE = [
  '#4f86f7',
  '#2fb98a',
  '#f2a93b',
  '#a06cf0',
  '#ef6a6a',
  '#27b3c9',
  '#e574b5',
  '#8bb33d',
  '#c98a55',
  '#6f7df0',
  '#d9c245',
  '#5aa0a8',
]

const UNNAMED = new Set(['fiber', 'job', 'task'])

const DAY = {
  page: '#ffffff',
  band: '#f6f7f9',
  text: '#1c2330',
  faint: '#677084',
  line: '#e3e6ec',
  unnamed: '#93a1ba',
  parked: '#e9ecf1',
  parkedLine: '#d5dae3',
  idle: '#f3d9a4',
  load: '#4f86f7',
  window: 'rgba(79, 134, 247, 0.13)',
  windowLine: '#4f86f7',
  steal: '#d6336c',
  wake: '#7048e8',
  resume: '#0c8599',
}

const NIGHT = {
  page: '#12161d',
  band: '#171c25',
  text: '#e4e8f0',
  faint: '#8d97aa',
  line: '#2a3140',
  unnamed: '#66748f',
  parked: '#1e2430',
  parkedLine: '#2b3342',
  idle: '#5d4d2c',
  load: '#5d8ff8',
  window: 'rgba(110, 155, 255, 0.16)',
  windowLine: '#6e9bff',
  steal: '#ff6b9a',
  wake: '#b197fc',
  resume: '#3bc9db',
}

/** What the page is to look like now. */
export function themeOf(isDark) {
  return isDark ? NIGHT : DAY
}

/** A color for each kind: `kinds` are in the order of their importance. */
export function colorsOf(kinds, theme) {
  const named = new Map()
  return kinds.map((kind) => {
    if (isRest(kind)) return theme[kind.category]
    if (UNNAMED.has(kind.name)) return theme.unnamed
    if (!named.has(kind.name)) named.set(kind.name, PALETTE[named.size % PALETTE.length])
    return named.get(kind.name)
  })
}

/** What can be read on that color. */
export function inkOn(color) {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
  return 0.2126 * r ** 2.2 + 0.7152 * g ** 2.2 + 0.0722 * b ** 2.2 > 0.2 ? '#10151d' : '#ffffff'
}
