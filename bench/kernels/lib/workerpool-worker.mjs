// A thread of workerpool's.
import workerpool from 'workerpool'

import * as tasks from './tasks.mjs'

workerpool.worker({ ...tasks })
