#pragma once
/// \file
/// Files and waiting for functions on a scheduler's fibers. Each call suspends its fiber for as
/// long as the kernel takes, and leaves the worker to others; what is cached is had at once. Errors
/// are the kernel's own, as values.
///
///     auto io = heddle::Io::start({});
///     heddle::run(scheduler, [&] {
///       auto const opened = heddle::open(*io.value(), "/etc/hostname", O_RDONLY);
///       if (!opened.ok()) return;
///       char text[64];
///       auto const count = heddle::read(*io.value(), opened.value(), text, sizeof(text), 0);
///       (void)heddle::close(*io.value(), opened.value());
///     });
///
/// An Io is stopped before the scheduler that its fibers run on is destroyed.

#include "io/file.h"
#include "io/file_stream.h"
#include "io/io.h"
#include "io/names.h"
#include "io/waiting.h"
#include "io/whole_file.h"
