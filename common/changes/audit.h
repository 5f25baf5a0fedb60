// File: audit.h
// The AuditService of a service: its audit trail, for staff and operators.

#ifndef SCHARNIER_COMMON_CHANGES_AUDIT_H_
#define SCHARNIER_COMMON_CHANGES_AUDIT_H_

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/rpc/service_table.h"
#include "common/runtime/context.h"
#include "common/runtime/keyring.h"
#include "scharnier/audit/v1/audit.pb.h"

namespace scharnier::changes {

// Thread-safe. Outlives all calls.
class AuditTrail {
 public:
  // `database` is of the login that reads the audit trail and nothing else. Both outlive this.
  AuditTrail(db::Database& database, const runtime::Keyring& keyring)
      : database_(database), keyring_(keyring) {}

  // The methods of "scharnier.<service>.v1.AuditService".
  void AddTo(rpc::ServiceTable& table);

 private:
  absl::StatusOr<audit::v1::ListAuditEntriesResponse> List(
      const runtime::Context& ctx, const audit::v1::ListAuditEntriesRequest& request);

  db::Database& database_;
  const runtime::Keyring& keyring_;
};

}  // namespace scharnier::changes

#endif  // SCHARNIER_COMMON_CHANGES_AUDIT_H_
