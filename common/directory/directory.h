// File: directory.h
// The copy of the organisations register that a service keeps: who an organisation is and who may
// act for it, so that no hot path asks another service.
//
// A service that keeps one holds a Directory, and its schema has the copy's tables (WithDirectory).

#ifndef SCHARNIER_COMMON_DIRECTORY_DIRECTORY_H_
#define SCHARNIER_COMMON_DIRECTORY_DIRECTORY_H_

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/changes/subscriber.h"
#include "common/db/database.h"
#include "common/db/migrate.h"
#include "common/db/tx.h"
#include "common/rpc/client.h"
#include "common/runtime/clock.h"
#include "common/runtime/config.h"
#include "common/runtime/context.h"
#include "scharnier/organisations/v1/mandate.pb.h"
#include "scharnier/organisations/v1/organisation.pb.h"

namespace scharnier::directory {

// How far a person may act, by organisation.
using HeldMandates = std::map<std::string, organisations::v1::Mandate::Role>;

// Follows the feed of organisations from construction to destruction; begins, and begins again when
// its cursor has expired, with a copy of the lists. Thread-safe.
class Directory {
 public:
  // `target` is where the organisations service is, `tls` says who asks it. The others outlive it.
  Directory(db::Database& database, const runtime::Clock& clock, const std::string& target,
            const std::optional<rpc::TlsFiles>& tls);
  // Ends at once what waits for the register.
  ~Directory();

  // Asks the register for an organisation that the copy does not have, and keeps the answer: one
  // call an organisation, and none for what is known. That there is none is never kept. Blocks, for
  // a second at most; only a few may ask at once, so that a register that is slow holds up nobody
  // else. Errors: NOT_FOUND RESOURCE_NOT_FOUND; UNAVAILABLE DEPENDENCY_AWAY, and others of the
  // call.
  absl::StatusOr<organisations::v1::Organisation> Ask(const runtime::Context& ctx,
                                                      const std::string& name);

  // Asks the register how far the caller, a person, may act, and for whom, at this moment. Blocks,
  // for 300 ms at most; while the register does not answer, few at once. Errors: UNAVAILABLE
  // DEPENDENCY_AWAY.
  absl::StatusOr<HeldMandates> AskMandates(const runtime::Context& ctx);

 private:
  db::Database& database_;
  rpc::Client organisations_;
  std::atomic<int> asking_{0}, asking_mandates_{0};
  std::atomic<bool> silent_{false};  // the register, when it was asked for mandates last
  changes::Subscriber subscriber_;
};

// The migrations of a service that keeps a copy: the copy's, then its own.
std::vector<db::Migration> WithDirectory(const std::vector<db::Migration>& service);

// Reads the setting that says where the organisations service is.
std::string ReadTarget(runtime::ConfigReader& reader);

// The organisations of these names, in their order, without personal fields; nullopt for one that
// the copy does not have.
absl::StatusOr<std::vector<std::optional<organisations::v1::Organisation>>> FindOrganisations(
    db::Tx& tx, const std::vector<std::string>& names);

// How far persons may act for organisations by the mandates that are in force, in the order of the
// questions; ROLE_UNSPECIFIED: not at all.
struct MandateQuestion {
  std::string person_key;
  // Of the person, if it is they who call (empty: they have none).
  std::string account;
  // Whether somebody else speaks of the person, and so knows the address alone.
  bool by_address = false;
  std::string organisation;
};
absl::StatusOr<std::vector<organisations::v1::Mandate::Role>> FindMandates(
    db::Tx& tx, const std::vector<MandateQuestion>& questions);

}  // namespace scharnier::directory

#endif  // SCHARNIER_COMMON_DIRECTORY_DIRECTORY_H_
