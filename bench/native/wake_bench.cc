// How soon does a parked worker run what is submitted from outside, and what does that burn?
#include "support/pool.h"
#include "support/wake.h"

struct Stamp : heddle::Job {
  Stamp() : Job(run, Kind::Plain) {}

  static heddle::Job* run(heddle::Job&) {
    bench::stamp();
    return nullptr;
  }
};

int main(int argc, char** argv) {
  bench::Arguments const arguments = bench::parse_arguments(argc, argv);
  bench::move_to(bench::Processor::Last, arguments);
  auto const scheduler = bench::start({.threads = 2});
  Stamp job;
  bench::report_wakes(arguments, bench::kHeddle, [&] { scheduler->submit(job); });
  scheduler->stop();
}
