#pragma once
/// \file
/// Waiting and locking for fibers: Mutex, ConditionVariable, Semaphore, Event.
///
/// Each suspends the fiber that waits and never the worker's thread, so a mutex may be held across
/// a join or another wait. A thread that sits in no worker may share them with fibers: it sleeps. A
/// plain job, which runs on a worker's own stack, may unlock, notify, release, set and try, but not
/// wait.
///
/// Nothing here allocates. A scheduler whose fibers wait must outlive every call that may wake one.

#include "sched/condition_variable.h"
#include "sched/event.h"
#include "sched/mutex.h"
#include "sched/semaphore.h"
