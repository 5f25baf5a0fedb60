// File: records.h
// What mutations of proposals and invitations leave behind.

#ifndef SCHARNIER_SERVICES_PROPOSALS_RECORDS_H_
#define SCHARNIER_SERVICES_PROPOSALS_RECORDS_H_

#include <string>
#include <vector>

#include "common/changes/record.h"
#include "common/runtime/context.h"
#include "scharnier/proposals/v1/invitation.pb.h"
#include "scharnier/proposals/v1/proposal.pb.h"

namespace scharnier::proposals {

// A row of audit alone, and a discreet one: of the copy that is worked on nothing stands in the
// feed, and staff may not know of it.
changes::Record WorkingCopyRecord(const runtime::Context& ctx, const std::string& request_id,
                                  const v1::Proposal* before, const v1::Proposal& after);

// A change of what was submitted, for everybody who reads the feed, scoped by its call and its
// authors. Takes proposals as other teams see them, so without their etags.
changes::Record SubmittedRecord(const runtime::Context& ctx, const std::string& request_id,
                                const char* type, const v1::Proposal* before,
                                const v1::Proposal& after, std::vector<std::string> authors);

// A change of an invitation, for the organisation that is invited; as discreet, since it tells that
// there is a draft.
changes::Record InvitationRecord(const runtime::Context& ctx, const std::string& request_id,
                                 const char* type, const v1::Invitation* before,
                                 const v1::Invitation& after);

}  // namespace scharnier::proposals

#endif  // SCHARNIER_SERVICES_PROPOSALS_RECORDS_H_
