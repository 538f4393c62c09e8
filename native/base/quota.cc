// Finding this process' control groups, and the tightest limit above it.

#include "base/quota.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/text_file.h"

namespace heddle {

namespace {

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

double limit_of(double microseconds, double period) {
  return microseconds > 0 && period > 0 ? microseconds / period : kNoLimit;
}

// Version 2: "150000 100000", or "max 100000".
double limit_v2(std::string const& folder) {
  std::string const text = read_text(folder + "/cpu.max");
  auto const parts = split(text, " \n");
  std::uint64_t quota = 0, period = 0;
  if (parts.size() != 2 || !parse(parts[0], quota) || !parse(parts[1], period)) return kNoLimit;
  return limit_of(double(quota), double(period));
}

// Version 1: two files, and -1 for no limit.
double limit_v1(std::string const& folder) {
  std::string const quota_text = read_text(folder + "/cpu.cfs_quota_us");
  std::string const period_text = read_text(folder + "/cpu.cfs_period_us");
  std::int64_t quota = 0, period = 0;
  auto const is_number = [](std::string const& text, std::int64_t& number) {
    auto const parts = split(text, "\n");
    return parts.size() == 1 && parse(parts[0], number);
  };
  if (!is_number(quota_text, quota) || !is_number(period_text, period)) return kNoLimit;
  return limit_of(double(quota), double(period));
}

bool lists(std::string_view words, std::string_view wanted) {
  auto const parts = split(words, ",");
  return std::find(parts.begin(), parts.end(), wanted) != parts.end();
}

// The path of this process' group: the line "0::/path" of version 2, or "4:cpu,cpuacct:/path".
std::optional<std::string> group_path(std::string_view cgroup_text, bool is_v2) {
  for (std::string_view line : split(cgroup_text, "\n")) {
    std::size_t const first = line.find(':');
    std::size_t const second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    std::string_view const controllers = line.substr(first + 1, second - first - 1);
    if (is_v2 ? !controllers.empty() : !lists(controllers, "cpu")) continue;
    return std::string(line.substr(second + 1));
  }
  return std::nullopt;
}

// mountinfo writes a blank as \040.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const is_escape = text[i] == '\\' && i + 3 < text.size();
    if (!is_escape) {
      plain += text[i];
      continue;
    }
    int code = 0;
    for (int digit = 1; digit <= 3; ++digit) code = code * 8 + (text[i + digit] - '0');
    plain += char(code);
    i += 3;
  }
  return plain;
}

// A mounted tree of control groups.
struct Mount {
  std::string group;   // The group that is its top.
  std::string folder;  // Where it is mounted.
};

// From "31 23 0:28 /group /folder rw shared:1 - cgroup2 cgroup rw".
std::optional<Mount> parse_mount(std::string_view line, bool is_v2) {
  std::size_t const dash = line.find(" - ");
  if (dash == line.npos) return std::nullopt;
  auto const before = split(line.substr(0, dash), " ");
  auto const after = split(line.substr(dash + 3), " ");
  if (before.size() < 5 || after.size() < 3) return std::nullopt;
  bool const is_ours = is_v2 ? after[0] == "cgroup2"
                             : after[0] == "cgroup" && lists(after.back(), "cpu");
  if (!is_ours) return std::nullopt;
  return Mount{unescaped(before[3]), unescaped(before[4])};
}

// What of `path` is below `group`: "" for the group itself, "/a/b", or nothing if it is elsewhere.
std::optional<std::string> below(std::string const& path, std::string const& group) {
  // Outside of our namespace, where names begin with "/..", nothing is known but what is mounted:
  // our own group, or one above it.
  if (path.starts_with("/..") || group.starts_with("/..")) return "";
  std::string const top = group == "/" ? "" : group;
  std::string const rest = path == "/" ? "" : path;
  if (!rest.starts_with(top)) return std::nullopt;
  if (rest.size() > top.size() && rest[top.size()] != '/') return std::nullopt;
  return rest.substr(top.size());
}

// Of the group and of all groups above it, up to the top of the mount.
double tightest(std::string const& root, bool is_v2) {
  auto const path = group_path(read_text(root + "/proc/self/cgroup"), is_v2);
  if (!path) return kNoLimit;
  double limit = kNoLimit;
  std::string const mounts = read_text(root + "/proc/self/mountinfo");
  for (std::string_view line : split(mounts, "\n")) {
    auto const mount = parse_mount(line, is_v2);
    if (!mount) continue;
    auto inner = below(*path, mount->group);
    while (inner) {
      std::string const folder = root + mount->folder + *inner;
      limit = std::min(limit, is_v2 ? limit_v2(folder) : limit_v1(folder));
      if (inner->empty()) break;
      inner->resize(inner->rfind('/'));
    }
  }
  return limit;
}

}  // namespace

std::optional<double> cpu_quota(std::string const& root) {
  double const limit = std::min(tightest(root, true), tightest(root, false));
  if (limit == kNoLimit) return std::nullopt;
  return limit;
}

std::uint32_t default_threads(std::size_t processors, std::optional<double> quota) {
  double const limit = std::min(double(processors), std::ceil(quota.value_or(kNoLimit)));
  return static_cast<std::uint32_t>(std::max(1.0, limit));
}

}  // namespace heddle
