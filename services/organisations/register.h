// File: register.h
// What entering organisations one by one and importing them have in common.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_REGISTER_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_REGISTER_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/changes/record.h"
#include "common/runtime/context.h"
#include "scharnier/organisations/v1/organisation.pb.h"

namespace scharnier::organisations {

// Who has which enterprise number and which identifier, as far as a transaction has looked.
class Holders {
 public:
  explicit Holders(const std::vector<v1::Organisation>& organisations);

  // Counts what the organisation says is its own.
  void Add(const v1::Organisation& organisation);
  // Frees what the organisation had, before it is added as it will be.
  void Remove(const v1::Organisation& organisation);
  // Whether nobody else has what the organisation says is its own. Errors: ALREADY_EXISTS
  // ENTERPRISE_NUMBER_TAKEN, IDENTIFIER_TAKEN.
  absl::Status Check(const v1::Organisation& organisation) const;
  // The name of who is known by the key of an import's row: the enterprise number, or, where there
  // is none, the first identifier; empty: nobody.
  std::string FindByKey(const v1::Organisation& row) const;

 private:
  std::map<std::string, std::string> by_number_;
  std::map<std::pair<std::string, std::string>, std::string> by_identifier_;
};

// Records of changes, which other teams may read; the organisations outlive the record.
changes::Record CreatedRecord(const runtime::Context& ctx, const std::string& request_id,
                              const v1::Organisation& made);
changes::Record UpdatedRecord(const runtime::Context& ctx, const std::string& request_id,
                              const v1::Organisation& before, const v1::Organisation& after);

}  // namespace scharnier::organisations

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_REGISTER_H_
