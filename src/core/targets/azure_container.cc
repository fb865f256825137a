#include "core/targets/azure_container.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/hmac.h"

namespace oree::targets {
namespace {

constexpr std::string_view kVersion = "2021-08-06";
constexpr size_t kMostAnswer = 64 << 10;
constexpr size_t kMostName = 1'024;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

Status check_blob_name(std::string_view name) {
  const auto plain = [](char c) {
    return is_letter_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-' || c == '/';
  };
  if (name.empty() || name.size() > kMostName || name.front() == '/' || !std::ranges::all_of(name, plain))
    return fail(ErrorKind::invalid, cat("'", name.substr(0, 100), "' is no name of a blob"));
  return {};
}

std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& header : response.headers) {
    if (iequals(header.first, name)) return header.second;
  }
  return {};
}

// The service's word, in a header or as <Code>…</Code> in the body.
std::string code_of(const http::Response& response) {
  std::string code = header_of(response, "x-ms-error-code");
  const size_t begin = response.body.find("<Code>"), end = response.body.find("</Code>");
  if (code.empty() && begin < end && end != std::string::npos)
    code = response.body.substr(begin + 6, end - begin - 6);
  return code.substr(0, 100);
}

ErrorKind kind_of(int status) {
  if (status == 401 || status == 403) return ErrorKind::denied;
  if (status == 404) return ErrorKind::not_found;
  if (status == 408) return ErrorKind::timeout;
  if (status == 409 || status == 412) return ErrorKind::conflict;
  if (status == 429 || status == 503) return ErrorKind::busy;
  return status >= 500 ? ErrorKind::unavailable : ErrorKind::invalid;
}

}  // namespace

Status check_container_name(std::string_view name) {
  const bool sound = name.size() >= 3 && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
                     name.find("--") == std::string_view::npos &&
                     std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '-'; });
  if (sound) return {};
  return fail(ErrorKind::invalid, "must be 3 to 63 lower-case letters, digits and single '-'");
}

AzureContainer::AzureContainer(AzureAccount account, std::string container, const Clock& clock,
                               milliseconds deadline)
    : account_(std::move(account)), container_(std::move(container)), clock_(clock), deadline_(deadline) {}

Result<AzureContainer::Answer> AzureContainer::ask(const std::string& path,
                                                   std::vector<std::pair<std::string, std::string>> query,
                                                   std::vector<http::Header> headers,
                                                   std::string_view content) {
  http::Url url = account_.endpoint;
  const std::string whole = cat(url.target, path);
  headers.push_back({"x-ms-date", rfc1123_text(clock_.wall())});
  headers.push_back({"x-ms-version", std::string(kVersion)});
  std::string asked;
  for (const auto& [name, value] : query) asked += cat(asked.empty() ? "?" : "&", name, "=", value);
  if (!account_.key.empty()) {
    const AzureRequest request{"PUT", whole, std::move(query), headers, content.size()};
    headers.push_back({"Authorization", authorization(request, account_)});
  } else {
    asked += cat(asked.empty() ? "?" : "&", account_.signature);
  }
  url.target = cat(whole, asked);
  http::CallOptions options;
  options.deadline = deadline_;
  options.max_body_bytes = kMostAnswer;
  const auto answer = client_.call("PUT", url, headers, content, options);
  if (!answer) return forward(answer);
  return Answer{answer->status, code_of(*answer), header_of(*answer, "ETag"),
                header_of(*answer, "Content-MD5")};
}

Error AzureContainer::error_of(const Answer& answer) const {
  std::string what = cat(account_.endpoint.host, ", container '", container_, "': answered ", answer.status,
                         answer.code.empty() ? "" : cat(" ", answer.code));
  if (answer.status == 403)
    what += "; look at the key or signature, and at this station's clock (15 minutes are allowed)";
  // Damaged on its way: the same again may well arrive.
  if (answer.code == "Md5Mismatch") return {ErrorKind::unavailable, std::move(what)};
  return {kind_of(answer.status), std::move(what)};
}

Status AzureContainer::create() {
  const auto made = ask(cat("/", container_), {{"restype", "container"}}, {}, "");
  if (!made) return forward(made);
  const bool is_there = made->status == 201 || made->code == "ContainerAlreadyExists";
  return is_there ? Status() : std::unexpected(error_of(*made));
}

Result<std::string> AzureContainer::put(std::string_view name, std::string_view content,
                                        std::string_view type) {
  if (auto named = check_blob_name(name); !named) return forward(named);
  const std::string path = cat("/", container_, "/", name);
  const ByteBuffer digest = crypto::md5(as_bytes(content));
  std::vector<http::Header> headers{{"Content-Type", std::string(type)}, {"x-ms-blob-type", "BlockBlob"}};
  if (!digest.empty()) headers.push_back({"Content-MD5", crypto::base64(digest)});
  auto answer = ask(path, {}, headers, content);
  if (answer && answer->status == 404 && answer->code == "ContainerNotFound") {
    if (auto made = create(); !made) return forward(made);
    answer = ask(path, {}, headers, content);
  }
  if (!answer) return forward(answer);
  if (answer->status != 201) return std::unexpected(error_of(*answer));
  if (!digest.empty() && !answer->md5.empty() && answer->md5 != crypto::base64(digest))
    return fail(ErrorKind::unavailable, cat(account_.endpoint.host, " keeps another content of '", name,
                                            "' than was sent; it is sent again"));
  return std::move(answer->etag);
}

}  // namespace oree::targets
