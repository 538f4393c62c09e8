/**
 * Searching: names that match stay bright, and one can go from slice to slice.
 */

export class Search {
  constructor(app, change) {
    this.app = app
    this.change = change
    this.query = ''
    this.found = undefined
    this.at = -1
  }

  /** Names with that text in them, whatever its case; all of them for the empty one. */
  look(query) {
    const input = document.getElementById('search')
    if (input.value !== query) input.value = query
    this.query = query
    this.found = undefined
    this.at = -1
    this.app.matches = query === '' ? undefined : this.#matching(query.toLowerCase())
    document.getElementById('found').textContent = this.#report()
    this.change()
  }

  /** `go(isBack)` shows the next one. */
  listen(go) {
    const input = document.getElementById('search')
    input.addEventListener('input', () => this.look(input.value))
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') go(event.shiftKey)
      if (event.key === 'Escape') this.app.stage.focus()
    })
    for (const button of document.querySelectorAll('button[data-name]')) {
      const { name } = button.dataset
      button.addEventListener('click', () => this.look(this.query === name ? '' : name))
    }
  }

  /** The next slice that matches, or undefined. */
  next(isBack) {
    this.found ??= this.#slices()
    if (this.found.length === 0) return undefined
    const { view, data } = this.app
    if (this.at < 0) {
      const first = this.found.findIndex((slice) => data.slices.start[slice] >= view.begin)
      this.at = first < 0 ? 0 : isBack ? first - 1 : first
    } else {
      this.at += isBack ? -1 : 1
    }
    this.at = (this.at + this.found.length) % this.found.length
    return this.found[this.at]
  }

  #matching(text) {
    const { kinds } = this.app.data
    return Uint8Array.from(kinds, ({ name }) => (name.toLowerCase().includes(text) ? 1 : 0))
  }

  #slices() {
    const { data, matches } = this.app
    const found = []
    const { kind, start } = data.slices
    for (let i = 0; i < kind.length; ++i) if (matches?.[kind[i]]) found.push(i)
    return found.sort((a, b) => start[a] - start[b])
  }

  #report() {
    const { data, matches } = this.app
    if (matches === undefined) return ''
    const found = data.kinds.filter((kind, i) => matches[i] && kind.count > 0)
    const slices = found.reduce((sum, { count }) => sum + count, 0)
    return found.length === 0 ? 'nothing has that name' : `${slices.toLocaleString('en')} found`
  }
}
