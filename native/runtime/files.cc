// Jobs that read files: whole into a cell, or many to be digested.

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "io/whole_file.h"
#include "kernels/digest.h"
#include "runtime/cell_job.h"

namespace heddle {

namespace {

// Files read at a time by one digest(): enough to keep a ring busy, few enough for their buffers.
constexpr std::uint32_t kLanesMax = 32;

constexpr std::uint64_t kPostNanoseconds = 1'000'000;

// Between two reports of one file: more often than anybody looks, and rarely enough to be free.
constexpr std::uint64_t kReportNanoseconds = 8'000'000;

// How far a file is, now and then.
class Report : public Progress {
 public:
  Report(Mailbox& mailbox, std::uint32_t token) : mailbox_(mailbox), token_(token) {}

  void loaded(std::size_t bytes, std::size_t expected) override {
    std::uint64_t const now = now_ns();
    if (token_ == 0 || now - posted_at_ < kReportNanoseconds) return;
    posted_at_ = now;
    auto letter = std::make_unique<ProgressLetter>(token_);
    letter->bytes = bytes;
    letter->expected = expected;
    mailbox_.post(std::move(letter));
  }

 private:
  struct ProgressLetter : TokenLetter {
    explicit ProgressLetter(std::uint32_t with) : TokenLetter(with, RecordKind::Progress) {}
    void write(Record& record) override {
      TokenLetter::write(record);
      record.value.number = double(bytes);
      record.left = std::int64_t(expected);
    }
    std::size_t bytes = 0;
    std::size_t expected = 0;
  };

  Mailbox& mailbox_;
  std::uint32_t const token_;
  std::uint64_t posted_at_ = now_ns();
};

class ReadJob : public CellJobOf<ReadJob> {
 public:
  static constexpr char kName[] = "read file";

  ReadJob(Runtime& runtime, Cell& cell, Mailbox& mailbox, ReadRequest request)
      : CellJobOf(runtime, cell, request.canceller),
        ends_(runtime.closing()),
        request_(std::move(request)),
        report_(mailbox, request_.progress) {}

  Result<void> call(Blob*& result) {
    FileCall call = FileCall::Open;
    ReadFileOptions options;
    options.bytes_max = request_.bytes_max;
    if (request_.mode >= ReadMode::Into) options.into = request_.into;
    options.ends = &ends_;
    options.progress = &report_;
    options.call = &call;
    std::size_t expected = 0;
    if (request_.mode == ReadMode::Small) options.expected = &expected;
    options.cuts = request_.mode == ReadMode::IntoAndCut;
    auto contents = heddle::read_file(io_, request_.path.c_str(), options);
    failing_ = call_of(call);
    if (!contents.ok()) return contents.error();
    std::size_t const size = contents.value().size();
    if (expected > 0) {
      result = new Blob{nullptr, expected};
    } else if (contents.value().is_own()) {
      result = new Blob{contents.value().release(), size};
    } else {
      result = new Blob{nullptr, size};  // They are where they were wanted.
    }
    return {};
  }

 private:
  Atomic<bool> const& ends_;
  ReadRequest const request_;
  Report report_;
};

struct DigestLetter : Letter {
  void write(Record& record) override {
    record.token = token;
    record.kind = RecordKind::Digest;
    record.type = index;
    record.error = error;
    record.call = std::uint32_t(call);
    record.value.number = double(digest.size);
    std::memcpy(&record.left, &digest.hash.low, sizeof record.left);
    std::memcpy(&record.right, &digest.hash.high, sizeof record.right);
  }

  std::uint32_t token = 0;
  std::uint32_t index = 0;
  int error = 0;
  Call call = Call::None;
  FileDigest digest{};
};

// One digest() call: the paths, and the lanes that take them one after the other.
struct DigestRun {
  DigestRun(Runtime& on, Mailbox& to, std::uint32_t with, std::string names)
      : runtime(on), mailbox(to), token(with), paths(std::move(names)) {}

  struct Lane : Job {
    explicit Lane(DigestRun& of) : Job(run_lane, Kind::Root), run(of) {
      static std::uint32_t const named = label_of("digest");
      label = named;
    }
    DigestRun& run;
  };

  static Job* run_lane(Job& self);
  void refuse();
  void digest_all();
  void digest_one(Digester& digester, std::uint32_t index);
  void add(std::unique_ptr<Letter> letter);

  Runtime& runtime;
  Mailbox& mailbox;
  std::uint32_t token;
  std::string paths;
  std::vector<std::size_t> starts;  // Of each path, in paths.
  std::vector<Lane> lanes;
  Atomic<std::uint32_t> next{0};
  Atomic<std::uint32_t> lanes_left{0};
  Inbox<Letter> collected;  // Done, but not yet posted.
  Atomic<std::uint64_t> posted_at{0};
};

Job* DigestRun::run_lane(Job& self) {
  DigestRun& run = static_cast<Lane&>(self).run;
  run.digest_all();
  // Acq_rel: every lane's last touch comes before the last lane frees the run.
  if (run.lanes_left.fetch_sub(1, acq_rel) == 1) {
    run.mailbox.post(run.collected.take());
    Home& home = run.runtime.home();
    delete &run;
    home.finished(1);
  }
  return nullptr;
}

// There is nobody any more to run the lanes.
void DigestRun::refuse() {
  for (std::uint32_t i = 0; i < starts.size(); ++i) {
    auto letter = std::make_unique<DigestLetter>();
    letter->token = token;
    letter->index = i;
    letter->error = ECANCELED;
    mailbox.post(std::move(letter));
  }
  Home& home = runtime.home();
  delete this;
  home.finished(1);
}

// What one lane does, until there are no more paths.
void DigestRun::digest_all() {
  Digester digester(runtime.io(), runtime.closing());
  auto const count = std::uint32_t(starts.size());
  while (true) {
    std::uint32_t const index = next.fetch_add(1, relaxed);
    if (index >= count) return;
    digest_one(digester, index);
  }
}

void DigestRun::digest_one(Digester& digester, std::uint32_t index) {
  auto letter = std::make_unique<DigestLetter>();
  letter->token = token;
  letter->index = index;
  auto const found = digester.digest(paths.c_str() + starts[index], letter->call);
  if (found.ok()) {
    letter->digest = found.value();
  } else {
    letter->error = int(found.error());
  }
  add(std::move(letter));
}

// A small file takes less time than a wake-up: one a millisecond is enough for all of them.
void DigestRun::add(std::unique_ptr<Letter> letter) {
  (void)collected.push(*letter.release());  // Nobody dozes here.
  std::uint64_t const now = now_ns();
  if (now - posted_at.load(relaxed) < kPostNanoseconds) return;
  posted_at.store(now, relaxed);  // Two lanes may both post: then one of them finds less.
  mailbox.post(collected.take());
}

}  // namespace

void Runtime::read_file(Cell& cell, Mailbox& mailbox, ReadRequest request) {
  ReadJob::submit(std::make_unique<ReadJob>(*this, cell, mailbox, std::move(request)));
}

void Runtime::digest(Mailbox& mailbox, std::uint32_t token, std::string paths,
                     std::uint32_t count) {
  if (count == 0) return;
  auto* run = new DigestRun(*this, mailbox, token, std::move(paths));
  for (std::size_t at = 0; at < run->paths.size(); at = run->paths.find('\0', at) + 1) {
    run->starts.push_back(at);
  }
  CHECK(run->starts.size() == count);
  std::uint32_t const lanes = std::min(count, kLanesMax);
  run->lanes_left.store(lanes, relaxed);
  run->lanes.reserve(lanes);
  Queue<Job> jobs;
  for (std::uint32_t i = 0; i < lanes; ++i) jobs.push_back(run->lanes.emplace_back(*run));
  home_.expect(1);
  if (!home_.submit(jobs)) run->refuse();  // H1
}

}  // namespace heddle
