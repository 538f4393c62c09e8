// npm's install script: builds the addon where no prebuilt one fits. Off Linux it does nothing, so
// that a package that depends on heddle installs everywhere.
'use strict'

if (process.platform === 'linux') require('node-gyp-build/bin.js')
