/** `import` from 'heddle': the same classes that `require` gives. */
export * from './index.js'
