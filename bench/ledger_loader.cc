// Writes records into a ledger whose witnesses are authorities, until every record is durable and cosigned by
// all of them, and measures proofs. Prints JSON. Driven by bench/orders.
//
//   oree-ledger-bench KEY FOLDER ORIGIN RECORDS WRITERS WITNESS_URL WITNESS_KEY …
//     KEY: the station's key file. Each of WRITERS appends one record at a time and waits until it is
//     durable, as a station does with an order.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/text.h"
#include "core/ledger/proof.h"
#include "core/ledger/witness/cosigning.h"
#include "platform/crypto/key_file.h"
#include "platform/files/files.h"
#include "platform/http/client.h"

namespace {

using namespace oree;
using namespace oree::ledger;

template <class T>
T need(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.error().what.c_str());
  std::exit(1);
}

double ms_between(MonoTime from, MonoTime to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

std::string record(uint64_t number) {
  const auto hex = [&](std::string_view what) { return crypto::sha256(as_bytes(cat(what, number))).hex(); };
  return cat("oree/entry/v1\norder 019ab2c4-0000-7000-8000-", hex("id").substr(0, 12),
             "\nstate approved\nevidence ", hex("evidence"), "\nproposal ", hex("proposal"), "\ndecisions ",
             hex("decisions"), "\nat ", 1'790'000'000'000 + number, "\n");
}

WitnessDoor door_of(const std::string& address, const std::string& key) {
  const auto url = need(http::parse_url(cat(address, "/add-checkpoint")));
  const auto client = std::make_shared<http::Client>();
  WitnessDoor door{.key = need(parse_verifier_key(key)), .post = {}, .known_size = 0};
  door.post = [url, client](const std::string& body) -> Result<WitnessAnswer> {
    auto answer = client->call("POST", url, {}, body, {});
    if (!answer) return forward(answer);
    return WitnessAnswer{.status = answer->status, .type = "", .body = std::move(answer->body)};
  };
  return door;
}

double quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())))];
}

// Seconds until all records are durable and under a checkpoint that every witness cosigned, and the
// gatherings.
struct Filled {
  double durable_s = 0, cosigned_s = 0;
  size_t rounds = 0;
};
Filled fill(Log& log, std::vector<WitnessDoor>& doors, uint64_t records, size_t writers, const Clock& clock) {
  std::atomic<uint64_t> next{0};
  const MonoTime began = clock.mono();
  std::atomic<int64_t> durable_us{0};
  Filled filled;
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < writers; ++i) {
      threads.emplace_back([&] {
        for (uint64_t mine = next++; mine < records; mine = next++) {
          const std::string text = record(mine);
          const ByteView bytes = as_bytes(text);
          (void)need(log.append({&bytes, 1}));
        }
        durable_us = std::chrono::duration_cast<microseconds>(clock.mono() - began).count();
      });
    }
    for (uint64_t covered = 0; covered < records;) {
      if (log.size() == covered) continue;
      const auto gathered = need(gather_cosignatures(log, doors, doors.size()));
      if (gathered.count < doors.size()) {
        std::fprintf(stderr, "%s\n", gathered.refusals.front().error.what.c_str());
        std::exit(1);
      }
      covered = gathered.size;
      ++filled.rounds;
    }
    filled.cosigned_s = ms_between(began, clock.mono()) / 1000;
  }
  filled.durable_s = static_cast<double>(durable_us.load()) / 1e6;
  return filled;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 8 || argc % 2 != 0) {
    std::fprintf(stderr, "usage: oree-ledger-bench KEY FOLDER ORIGIN RECORDS WRITERS URL KEY …\n");
    return 2;
  }
  SystemClock clock;
  files::RealDisk disk;
  const auto key = need(crypto::open_key(argv[1]));
  const auto log = need(Log::open(argv[2], argv[3], key, disk));
  const auto records = parse_number<uint64_t>(argv[4]).value_or(0);
  const auto writers = parse_number<size_t>(argv[5]).value_or(1);
  std::vector<WitnessDoor> doors;
  Policy policy{.log = log->key(), .witnesses = {}, .quorum = 0};
  for (int i = 6; i + 1 < argc; i += 2) {
    doors.push_back(door_of(argv[i], argv[i + 1]));
    policy.witnesses.push_back(doors.back().key);
  }
  policy.quorum = doors.size();
  const Filled filled = fill(*log, doors, records, writers, clock);

  std::vector<double> verify_ms;
  size_t largest = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    const std::string text = print_proof(need(make_proof(*log, i * 7919 % records, log->cosigned())));
    largest = std::max(largest, text.size());
    const MonoTime began = clock.mono();
    const auto proof = need(parse_proof(text));
    const bool proven = verify_proof(proof, policy).has_value();
    verify_ms.push_back(ms_between(began, clock.mono()));
    if (!proven) return 1;
  }
  std::printf(
      "{\"records\":%llu,\"writers\":%zu,\"durable_per_s\":%.0f,\"cosigned_per_s\":%.0f,\"rounds\":%zu,"
      "\"proof_bytes\":%zu,\"verify_p50_ms\":%.3f,\"verify_p99_ms\":%.3f}\n",
      static_cast<unsigned long long>(records), writers, static_cast<double>(records) / filled.durable_s,
      static_cast<double>(records) / filled.cosigned_s, filled.rounds, largest, quantile(verify_ms, 0.5),
      quantile(verify_ms, 0.99));
  return 0;
}
