/**
 * Numbers for people.
 */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** `1,234,567` */
export function count(value: number | bigint): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1,234 rows`, `1 row` */
export function many(value: number, what: string): string {
  return `${count(value)} ${what}${value === 1 ? '' : 's'}`
}

/** `12.3 MB`: three digits at most before a unit, and one after the point of a small number. */
export function size(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    ++unit
  }
  return `${unit > 0 && value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit]}`
}

/** `0.123` */
export function seconds(value: number): string {
  return value.toFixed(3)
}

/** `6.8 times` */
export function times(value: number): string {
  return `${value.toFixed(1)} times`
}
