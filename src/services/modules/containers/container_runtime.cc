#include "services/modules/containers/container_runtime.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http/calls/unix_socket.h"
#include "services/modules/containers/engine_words.h"

namespace oree::modules {
namespace {

using json::Object;
using json::Value;

constexpr uint64_t kMostAnswer = 64u << 20;
constexpr size_t kMostLines = 100'000;
constexpr std::chrono::hours kLongestFetch{24};
constexpr std::string_view kOwner = "io.oree.owner";
constexpr std::string_view kModule = "io.oree.module";
constexpr std::string_view kDigest = "io.oree.digest";

const Value* path(const Value& value, std::initializer_list<std::string_view> keys) {
  const Value* at = &value;
  for (const auto key : keys) {
    if (at != nullptr) at = at->find(key);
  }
  return at;
}

std::string text_at(const Value& value, std::initializer_list<std::string_view> keys) {
  const Value* found = path(value, keys);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

bool flag_at(const Value& value, std::initializer_list<std::string_view> keys) {
  const Value* found = path(value, keys);
  return found != nullptr && found->boolean() != nullptr && *found->boolean();
}

ErrorKind kind_of(int status) {
  switch (status) {
    case 400:
      return ErrorKind::invalid;
    case 401:
    case 403:
      return ErrorKind::denied;
    case 404:
      return ErrorKind::not_found;
    case 409:
      return ErrorKind::conflict;
    default:
      return ErrorKind::unavailable;
  }
}

}  // namespace

ContainerRuntime::ContainerRuntime(EngineSettings settings)
    : settings_(std::move(settings)), news_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

ContainerRuntime::~ContainerRuntime() {
  stopping_.fire();
  std::vector<std::jthread> threads;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [image, one] : fetches_) threads.push_back(std::move(one.thread));
  }
  threads.clear();  // joins
  ::close(news_);
}

// What is no success becomes an error with the engine's own words; 304 means that it is so already.
Result<ContainerRuntime::Answer> ContainerRuntime::call(std::string_view method, const std::string& target,
                                                        const Value& body, milliseconds longer) {
  const std::string text = body.is_null() ? "" : json::print(body);
  http::CallOptions options;
  options.deadline = settings_.deadline + longer;
  options.max_body_bytes = kMostAnswer;
  options.interrupt = &stopping_;
  const auto answer = client_.call(method, http::unix_url(settings_.socket.string(), target),
                                   {{"Content-Type", "application/json"}}, text, options);
  if (!answer) return forward(answer, "container engine");
  Answer out{answer->status, {}, answer->body};
  if (auto value = json::parse(answer->body)) out.body = std::move(*value);
  if (answer->status / 100 == 2 || answer->status == 304) return out;
  const std::string said = text_at(out.body, {"message"});
  return fail(kind_of(answer->status),
              cat("container engine: ",
                  said.empty() ? cat(method, " ", target, " answered ", answer->status) : said));
}

Result<json::Array> ContainerRuntime::list(const std::string& module) {
  json::Array labels{cat(kOwner, "=", settings_.owner)};
  if (!module.empty()) labels.push_back(cat(kModule, "=", module));
  const std::string filters = json::print(Object{{"label", std::move(labels)}});
  auto answer = call("GET", cat("/containers/json?all=true&filters=", percent(filters)));
  if (!answer) return forward(answer);
  if (answer->body.array() == nullptr)
    return fail(ErrorKind::corrupt, "container engine: its list of containers is no list");
  return std::move(*answer->body.array());
}

Result<std::string> ContainerRuntime::id_of(const std::string& name) {
  const auto all = list(name);
  if (!all) return forward(all);
  for (const auto& one : *all) {
    // An engine that does not understand filters must not make us touch what is somebody else's.
    if (text_at(one, {"Labels", kModule}) == name && text_at(one, {"Labels", kOwner}) == settings_.owner)
      return text_at(one, {"Id"});
  }
  return fail(ErrorKind::not_found, cat("there is no container of module '", name, "'"));
}

Result<Observed> ContainerRuntime::inspect(const std::string& id) {
  const auto answer = call("GET", cat("/containers/", percent(id), "/json"));
  if (!answer) return forward(answer);
  const Value& value = answer->body;
  Observed out{.name = text_at(value, {"Config", "Labels", kModule}),
               .digest = text_at(value, {"Config", "Labels", kDigest})};
  const std::string status = text_at(value, {"State", "Status"});
  if (out.name.empty() || status.empty())
    return fail(ErrorKind::corrupt, cat("container engine: container ", id, " has no state"));
  const bool made_only = status == "created" || status == "configured" || status == "initialized";
  out.phase = flag_at(value, {"State", "Running"}) ? Phase::running
              : made_only                          ? Phase::created
                                                   : Phase::exited;
  out.started = parse_engine_time(text_at(value, {"State", "StartedAt"}));
  out.unhealthy = text_at(value, {"State", "Health", "Status"}) == "unhealthy";
  if (out.phase != Phase::exited) return out;
  out.finished = parse_engine_time(text_at(value, {"State", "FinishedAt"}));
  const Value* code = path(value, {"State", "ExitCode"});
  out.exit_code = static_cast<int>(code == nullptr ? 0 : code->integer().value_or(0));
  if (flag_at(value, {"State", "OOMKilled"})) out.detail = "it needed more memory than it may have";
  if (const auto error = text_at(value, {"State", "Error"}); !error.empty()) out.detail = error;
  return out;
}

Result<std::vector<Observed>> ContainerRuntime::observe() {
  uint64_t count = 0;
  (void)!::read(news_, &count, sizeof count);
  const auto all = list("");
  if (!all) return forward(all);
  std::vector<Observed> out;
  for (const auto& one : *all) {
    if (text_at(one, {"Labels", kOwner}) != settings_.owner) continue;
    auto seen = inspect(text_at(one, {"Id"}));
    if (!seen && seen.error().kind == ErrorKind::not_found) continue;  // gone meanwhile
    if (!seen) return forward(seen);
    out.push_back(std::move(*seen));
  }
  return out;
}

Result<ImageReport> ContainerRuntime::image(const Spec& spec) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = fetches_.find(spec.image); found != fetches_.end()) {
      if (!found->second.done) return ImageReport{ImageState::fetching, ""};
      const Status result = found->second.result;
      fetches_.erase(found);
      if (!result) return ImageReport{ImageState::failed, result.error().what};
    }
  }
  const auto answer = call("GET", cat("/images/", percent(spec.image), "/json"));
  if (answer) return ImageReport{ImageState::ready, ""};
  if (answer.error().kind != ErrorKind::not_found) return forward(answer);
  if (spec.pull == manifest::PullPolicy::never)
    return ImageReport{ImageState::failed, cat("module '", spec.name, "': the image '", spec.image,
                                               "' is not here, and imagePullPolicy is never")};
  return ImageReport{ImageState::missing, ""};
}

// The engine answers 200 before it knows anything, and tells of failure in the stream.
Status ContainerRuntime::pull(const Spec& spec) {
  const auto reference = parse_image(spec.image);
  std::vector<http::Header> headers;
  if (spec.registry) {
    const Object login{{"username", spec.registry->username},
                       {"password", spec.registry->password},
                       {"serveraddress", spec.registry->address}};
    headers.emplace_back("X-Registry-Auth", crypto::base64(as_bytes(json::print(login))));
  }
  std::string line, said;
  http::CallOptions options{.deadline = kLongestFetch, .silence = settings_.silence, .interrupt = &stopping_};
  options.on_body = [&](const http::Response&, ByteView piece) -> Status {
    for (const char c : as_text(piece)) {
      if (c != '\n' && line.size() < (1u << 20)) {
        line += c;
        continue;
      }
      if (const auto word = json::parse(line); word && said.empty()) said = text_at(*word, {"error"});
      line.clear();
    }
    return {};
  };
  const std::string target = cat("/images/create?fromImage=", percent(reference.name),
                                 reference.tag.empty() ? "" : cat("&tag=", percent(reference.tag)));
  http::Client own;
  const auto answer =
      own.call("POST", http::unix_url(settings_.socket.string(), target), headers, "", options);
  if (!answer) return forward(answer, cat("module '", spec.name, "': cannot fetch ", spec.image));
  if (const auto word = json::parse(line); word && said.empty()) said = text_at(*word, {"error"});
  if (const auto word = json::parse(answer->body); word && answer->status / 100 != 2)
    said = text_at(*word, {"message"});
  if (answer->status / 100 == 2 && said.empty()) return {};
  return fail(ErrorKind::unavailable, cat("module '", spec.name, "': cannot fetch ", spec.image, ": ",
                                          said.empty() ? cat("the engine answered ", answer->status) : said));
}

Status ContainerRuntime::fetch(const Spec& spec) {
  const std::lock_guard lock(mutex_);
  Fetch& one = fetches_[spec.image];
  if (one.thread.joinable()) return {};
  one.thread = std::jthread([this, spec] {
    auto result = pull(spec);
    {
      const std::lock_guard done(mutex_);
      Fetch& mine = fetches_[spec.image];
      mine.result = std::move(result);
      mine.done = true;
    }
    const uint64_t word = 1;
    (void)!::write(news_, &word, sizeof word);
  });
  return {};
}

Status ContainerRuntime::ensure_network() {
  const auto there = call("GET", cat("/networks/", percent(settings_.network)));
  if (there || there.error().kind != ErrorKind::not_found) return there ? Status() : forward(there);
  const auto made =
      call("POST", "/networks/create", Object{{"Name", settings_.network}, {"CheckDuplicate", true}});
  return made || made.error().kind == ErrorKind::conflict ? Status() : forward(made);
}

Status ContainerRuntime::create(const Spec& spec) {
  Value body = spec.body;
  Value labels = path(body, {"Labels"}) != nullptr && path(body, {"Labels"})->object() != nullptr
                     ? *path(body, {"Labels"})
                     : Value(Object{});
  labels.set(kOwner, settings_.owner).set(kModule, spec.name).set(kDigest, spec.digest);
  body.set("Labels", std::move(labels));
  if (text_at(body, {"HostConfig", "NetworkMode"}).empty() && path(body, {"NetworkingConfig"}) == nullptr) {
    if (auto network = ensure_network(); !network) return network;
    body.set("NetworkingConfig",
             Object{{"EndpointsConfig",
                     Object{{settings_.network, Object{{"Aliases", json::Array{spec.name}}}}}}});
  }
  const auto made =
      call("POST", cat("/containers/create?name=", percent(spec.name)), body, milliseconds(30'000));
  if (made) return {};
  // Podman 4 says 500 of a name that is taken, so the engine is asked who has it.
  const auto there = call("GET", cat("/containers/", percent(spec.name), "/json"));
  const bool theirs = there && text_at(there->body, {"Config", "Labels", kOwner}) != settings_.owner;
  if (made.error().kind != ErrorKind::conflict && !theirs)
    return forward(made, cat("module '", spec.name, "'"));
  return fail(ErrorKind::conflict,
              cat("module '", spec.name,
                  "': the engine has a container of that name which is not this station's; "
                  "remove it, or rename the module (",
                  made.error().what, ")"));
}

Status ContainerRuntime::start(const std::string& name) {
  const auto id = id_of(name);
  if (!id) return forward(id);
  const auto done = call("POST", cat("/containers/", percent(*id), "/start"), {}, milliseconds(20'000));
  return done ? Status() : forward(done, cat("module '", name, "'"));
}

Status ContainerRuntime::stop(const std::string& name, milliseconds grace) {
  const auto id = id_of(name);
  if (!id) return id.error().kind == ErrorKind::not_found ? Status() : forward(id);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(grace).count();
  const auto done =
      call("POST", cat("/containers/", percent(*id), "/stop?t=", seconds), {}, grace + milliseconds(10'000));
  return done || done.error().kind == ErrorKind::not_found ? Status() : forward(done);
}

Status ContainerRuntime::remove(const std::string& name) {
  const auto id = id_of(name);
  if (!id) return id.error().kind == ErrorKind::not_found ? Status() : forward(id);
  const auto done =
      call("DELETE", cat("/containers/", percent(*id), "?force=true"), {}, milliseconds(20'000));
  return done || done.error().kind == ErrorKind::not_found ? Status() : forward(done);
}

Result<LogPage> ContainerRuntime::logs(const std::string& name, const LogQuery& query) {
  const auto id = id_of(name);
  if (!id) return forward(id);
  const bool newest = query.after.empty() && query.tail && !query.until;
  std::string target = cat("/containers/", percent(*id), "/logs?stdout=1&stderr=1&timestamps=1&tail=",
                           newest ? std::min(*query.tail, kMostLines) : kMostLines);
  if (const auto since = cursor_seconds(query.after)) {
    target += cat("&since=", *since);
  } else if (query.since) {
    target +=
        cat("&since=", std::chrono::floor<std::chrono::seconds>(*query.since).time_since_epoch().count());
  }
  const auto answer = call("GET", target, {}, milliseconds(20'000));
  if (!answer) return forward(answer);
  return log_page(demultiplex(answer->raw), query);
}

}  // namespace oree::modules
