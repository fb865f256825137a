// A store in a folder of its own, gone afterwards. For tests.
#pragma once

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "services/series/sqlite_store.h"

namespace oree::series::testing {

class TempStore {
 public:
  TempStore() {
    std::string pattern = (std::filesystem::temp_directory_path() / "oree-series-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    reopen();
  }
  TempStore(const TempStore&) = delete;
  TempStore& operator=(const TempStore&) = delete;
  ~TempStore() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void reopen() {
    store_.reset();
    auto opened = SqliteStore::open(file());
    if (!opened) std::abort();
    store_ = std::move(*opened);
  }
  SqliteStore& store() { return *store_; }
  std::filesystem::path folder() const { return folder_; }
  std::filesystem::path file() const { return folder_ / "series.db"; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace oree::series::testing
