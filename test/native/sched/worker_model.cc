// Model: what is injected or posted is run once, however its worker falls asleep meanwhile.
//
// The queues and inboxes of a worker as they are, in a loop with the steps of worker.cc in the same
// order: inbox, own queue, injected jobs, other queues, park, last look, sleep. A worker that has
// run its share ends, as one does that is busy for ever. The checker fails an execution in which
// everybody who is left sleeps. sleepers_model.cc goes deeper into who is woken.

#include <array>

#include "model/suite.h"
#include "sched/inbox.h"
#include "sched/job.h"
#include "sched/run_queue.h"
#include "sched/sleepers.h"
#include "support/process.h"

using namespace heddle;

namespace {

// A job that can be run once.
struct Once : Job {
  explicit Once(Kind of = Kind::Plain) : Job(run_once, of) {}
  static Job* run_once(Job& self) {
    auto& once = static_cast<Once&>(self);
    model::require(!once.has_run.read(), "a job ran twice");
    once.has_run.write(true);
    return nullptr;
  }
  Plain<bool> has_run = false;
};

struct Item {
  Plain<Item*> next = nullptr;
  Plain<int> content = 0;
};

struct Worker {
  Sleeper sleeper;
  Inbox<Item> inbox;
  RunQueue queue;
  bool is_searching = false;
  Abilities has = kFiber;
  int ran = 0;
  int received = 0;
};

class Scheduler {
 public:
  explicit Scheduler(std::size_t count) : count_(count) {}

  Sleepers sleepers{1};
  Inbox<Job> injected;
  std::array<Worker, 2> workers;
  Atomic<bool> stopping{false};

  // --- Producers: Scheduler::submit(), Worker::post(), Scheduler::stop().

  void submit(Queue<Job>&& jobs, Abilities needs) {
    Job* const oldest = jobs.front();
    Stack<Job> chain;
    while (Job* job = jobs.pop_front()) chain.push(*job);
    (void)injected.push_chain(*chain.top(), *oldest);
    sleepers.wake_one(needs);
  }
  void submit(Once& job) {
    Queue<Job> one;
    one.push_back(job);
    submit(std::move(one), job.kind == Job::Kind::Plain ? kNothing : kFiber);
  }

  void post(Item& item, Worker& to) {
    item.content.write(1);
    if (to.inbox.push(item)) sleepers.wake(to.sleeper);
  }

  void stop() {
    stopping.store(true, release);
    for (std::size_t i = 0; i < count_; ++i) sleepers.wake(workers[i].sleeper);
  }

  // --- A worker's loop.

  // Until it has run and received so much.
  void work(Worker& self, int jobs, int items) {
    while (self.ran < jobs || self.received < items) {
      if (run_local(self)) continue;
      if (!self.is_searching) self.is_searching = sleepers.search();
      if (steal(self)) continue;
      park(self);
    }
    stop_searching(self);
  }

  void work_until_stopped(Worker& self) {
    while (true) {
      bool const late = model::mutant("asks whether to stop after the looks for work");
      // Acquire pairs with stop().
      bool stop = !late && stopping.load(acquire);
      if (run_local(self)) continue;
      if (!self.is_searching) self.is_searching = sleepers.search();
      if (steal(self)) continue;
      if (late) stop = stopping.load(acquire);
      if (stop) break;
      park(self);
    }
    stop_searching(self);
  }

 private:
  bool run_local(Worker& self) {
    Queue<Item> items = self.inbox.take();
    int const before = self.received;
    while (Item* item = items.pop_front()) self.received += item->content.read();
    if (self.received > before) {
      stop_searching(self);
      return true;
    }
    if (Job* job = self.queue.pop(self.has)) {
      stop_searching(self);
      run(self, *job);
      return true;
    }
    return claim_injected(self);
  }

  bool claim_injected(Worker& self) {
    Queue<Job> jobs = injected.take();
    if (jobs.empty()) return false;
    self.queue.push(std::move(jobs));
    Job* const job = self.queue.pop(self.has);
    stop_searching(self);
    wake_for_queue(self);
    if (job != nullptr) run(self, *job);
    return true;
  }

  bool steal(Worker& self) {
    for (std::size_t i = 0; i < count_; ++i) {
      if (&workers[i] == &self) continue;
      Job* const job = workers[i].queue.steal_half(self.queue, self.has);
      if (job == nullptr) continue;
      stop_searching(self);
      wake_for_queue(self);
      run(self, *job);
      return true;
    }
    return false;
  }

  void run(Worker& self, Job& job) {
    model::require(self.has || job.kind == Job::Kind::Plain, "no fiber to run it on");
    job.run(job);
    ++self.ran;
  }

  void stop_searching(Worker& self) {
    if (!std::exchange(self.is_searching, false)) return;
    if (sleepers.found()) wake_for_rest();
  }

  void wake_for_rest() {
    if (!has_work(kFiber)) return;
    sleepers.wake_one(has_work(kNothing) ? kNothing : kFiber);
  }

  void wake_for_queue(Worker& self) {
    if (!self.queue.has_work(kFiber) || model::mutant("jobs that moved wake nobody")) return;
    sleepers.wake_one(self.queue.has_work(kNothing) ? kNothing : kFiber);
  }

  void park(Worker& self) {
    Abilities const takes = self.has;
    sleepers.park(self.sleeper, takes, self.is_searching);
    bool const items = !self.inbox.doze() && !model::mutant("no last look at the inbox");
    if (items || has_work(self.has)) {
      sleepers.unpark(self.sleeper);
    } else {
      if (self.is_searching && !self.has) wake_for_rest();
      sleepers.sleep(self.sleeper);
    }
    self.is_searching = true;
  }

  bool has_work(Abilities has) const {
    if (injected.has_items()) return true;
    for (std::size_t i = 0; i < count_; ++i) {
      if (workers[i].queue.has_work(has)) return true;
    }
    return false;
  }

  std::size_t const count_;
};

void a_job_is_injected_while_a_worker_falls_asleep(model::Program& program) {
  auto* s = program.make<Scheduler>(1u);
  auto* jobs = program.make<std::array<Once, 2>>();
  program.thread("producer", [=] {
    for (Once& job : *jobs) s->submit(job);
  });
  program.thread("worker", [=] { s->work(s->workers[0], 2, 0); });
}

void an_item_is_posted_while_its_worker_falls_asleep(model::Program& program) {
  auto* s = program.make<Scheduler>(1u);
  auto* items = program.make<std::array<Item, 2>>();
  program.thread("poster", [=] {
    for (Item& item : *items) s->post(item, s->workers[0]);
  });
  program.thread("worker", [=] { s->work(s->workers[0], 0, 2); });
}

// Two ways to be woken, at the same time: tokens are left over.
void an_item_and_a_job_come_together(model::Program& program) {
  auto* s = program.make<Scheduler>(1u);
  auto* item = program.make<Item>();
  auto* job = program.make<Once>();
  program.thread("poster", [=] { s->post(*item, s->workers[0]); });
  program.thread("producer", [=] { s->submit(*job); });
  program.thread("worker", [=] { s->work(s->workers[0], 1, 1); });
}

// Whoever takes a batch has it in its hands for a moment, where nobody else sees it.
void a_batch_finds_two_workers(model::Program& program) {
  auto* s = program.make<Scheduler>(2u);
  auto* jobs = program.make<std::array<Once, 2>>();
  program.thread("producer", [=] {
    Queue<Job> batch;
    for (Once& job : *jobs) batch.push_back(job);
    s->submit(std::move(batch), kNothing);
  });
  program.thread("worker 1", [=] { s->work(s->workers[0], 1, 0); });
  program.thread("worker 2", [=] { s->work(s->workers[1], 1, 0); });
}

// P4. A bare worker cannot run the job, and does not keep it from the other.
void a_root_job_goes_past_a_bare_worker(model::Program& program) {
  auto* s = program.make<Scheduler>(2u);
  auto* job = program.make<Once>(Job::Kind::Root);
  s->workers[0].has = kNothing;
  program.thread("producer", [=] { s->submit(*job); });
  program.thread("bare worker", [=] { s->work_until_stopped(s->workers[0]); });
  program.thread("worker", [=] {
    s->work(s->workers[1], 1, 0);
    s->stop();
  });
}

void a_worker_is_stopped_while_it_falls_asleep(model::Program& program) {
  auto* s = program.make<Scheduler>(1u);
  auto* job = program.make<Once>();
  program.thread("owner", [=] {
    s->submit(*job);
    s->stop();
  });
  program.thread("worker", [=] { s->work_until_stopped(s->workers[0]); });
  program.finally([=] { model::require(job->has_run, "stopped before a job that came first"); });
}

}  // namespace

int main(int argc, char** argv) {
  constexpr model::Options kTwoThreads{.preemptions = 2, .surprises = 0};
  // A sanitizer makes each step ten times as dear, and adds little here.
  constexpr std::uint32_t kPreemptions = test::kSanitized ? 0 : 1;
  constexpr model::Options kThreeThreads{.preemptions = kPreemptions, .surprises = 0};
  return model::Suite()
      .program("an item is posted while its worker falls asleep",
               an_item_is_posted_while_its_worker_falls_asleep, kTwoThreads)
      .program("a job is injected while a worker falls asleep",
               a_job_is_injected_while_a_worker_falls_asleep, kTwoThreads)
      .program("a worker is stopped while it falls asleep",
               a_worker_is_stopped_while_it_falls_asleep, kTwoThreads)
      .program("an item and a job come together", an_item_and_a_job_come_together, kThreeThreads)
      .program("a batch finds two workers", a_batch_finds_two_workers, kThreeThreads)
      .program("a root job goes past a bare worker", a_root_job_goes_past_a_bare_worker,
               kThreeThreads)
      .mutates("inbox.h")
      .mutates("run_queue.h")
      .run(argc, argv);
}
