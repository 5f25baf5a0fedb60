#include "services/events/store/registrations.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/changes/position.h"
#include "common/changes/record.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/field_mask.h"
#include "common/rpc/filter.h"
#include "common/rpc/names.h"
#include "common/rpc/paging.h"
#include "common/types/etag.h"
#include "common/types/parts.h"
#include "common/types/timestamp.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/events/rules/access.h"
#include "services/events/rules/registration.h"
#include "services/events/seats.h"
#include "services/events/service.h"

namespace scharnier::events {

absl::StatusOr<v1::Registration> EventsService::GetRegistration(
    const Context& ctx, const v1::GetRegistrationRequest& req) {
  const auto ids = rpc::NameIds(req.name());
  ASSIGN_OR_RETURN(auto stored, db_.Read(ctx, [&](db::Tx& tx) {
    return store::GetRegistration(tx, keyring_, ids[0], ids[1],
                                  rules::ViewerOf(ctx.caller(), req.name()));
  }));
  return std::move(stored.registration);
}

absl::StatusOr<v1::ListRegistrationsResponse> EventsService::ListRegistrations(
    const Context& ctx, const v1::ListRegistrationsRequest& req) {
  ASSIGN_OR_RETURN(
      const auto filter,
      rpc::ParseFilter(req.filter(), {{"state", v1::Registration::State_descriptor()}}));
  ASSIGN_OR_RETURN(auto page, rpc::StartPage(keyring_, ctx, req));
  store::RegistrationQuery query{.session = rpc::NameIds(req.parent())[0],
                                 .viewer = rules::ViewerOf(ctx.caller()),
                                 .state = filter.Number("state"),
                                 .limit = page.size + 1};
  if (!page.after.empty() && !absl::SimpleAtoi(page.after[0], &query.after)) {
    return errors::Error(types::v1::ERROR_REASON_INTERNAL_FAULT,
                         "a page token of ours cannot be read");
  }
  ASSIGN_OR_RETURN(auto found, changes::ReadList(db_, ctx, page, [&](db::Tx& tx) {
                     return store::ListRegistrations(tx, query);
                   }));
  if (found.empty()) {
    // Nobody, or no such session: the rare case pays for a second look.
    const store::SessionQuestion question{query.session, rules::SeesDrafts(ctx.caller())};
    ASSIGN_OR_RETURN(const auto sessions,
                     db_.Read(ctx, [&](db::Tx& tx) { return store::GetSessions(tx, {question}); }));
    if (!sessions[0].has_value()) {
      return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is no such session")
          .With("name", req.parent());
    }
  }
  v1::ListRegistrationsResponse response;
  rpc::PageFiller filler(keyring_, ctx, req, page, response);
  for (store::StoredRegistration& stored : found) {
    if (!filler.Take(stored.registration, {absl::StrCat(stored.arrival)})) {
      break;
    }
  }
  return response;
}

absl::StatusOr<v1::Registration> EventsService::UpdateRegistration(
    const Context& ctx, const v1::UpdateRegistrationRequest& req) {
  const v1::Registration& patch = req.registration();
  const auto ids = rpc::NameIds(patch.name());
  const rules::Viewer viewer = rules::ViewerOf(ctx.caller(), patch.name());
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Registration> {
        // First without the lock, as CancelRegistration.
        ASSIGN_OR_RETURN(const auto seen,
                         store::GetRegistration(tx, keyring_, ids[0], ids[1], viewer));
        ASSIGN_OR_RETURN(const auto locked, store::LockSession(tx, ids[0]));
        // As its registrant reads it: answers stay, whoever changes something else.
        ASSIGN_OR_RETURN(const auto stored,
                         store::GetRegistration(tx, keyring_, ids[0], ids[1],
                                                {.keys = {{seen.holder_key}}, .answers = true},
                                                store::Position::kLeftOut));
        v1::Registration before = stored.registration;
        RETURN_IF_ERROR(types::CheckEtag(before.etag(), patch.etag(), "registration.etag"));
        RETURN_IF_ERROR(rules::MayChange(locked.session, before, ctx.now()));
        ASSIGN_OR_RETURN(auto after,
                         rules::Update(locked.session, req.update_mask(), patch, before));
        const bool sees_answers = store::SeesAnswers(viewer, seen);
        // Who writes answers unread learns neither from the etag nor from the trail whether those
        // are other ones.
        const bool unread = !sees_answers && rules::WritesAnswers(req.update_mask());
        if (unread) {
          types::ClearSensitive(before);
        }
        if (unread || !rpc::ChangedFields(before, after).empty()) {
          RETURN_IF_ERROR(store::RewriteRegistration(tx, keyring_, after));
          RETURN_IF_ERROR(
              changes::Append(tx, keyring_,
                              {RegistrationRecord(ctx, req.request_id(), "registration.updated",
                                                  locked.session, &before, after)}));
        }
        if (!sees_answers) {
          types::ClearSensitive(after);
        }
        if (after.state() == v1::Registration::STATE_WAITLISTED) {
          after.set_waiting_position(seen.registration.waiting_position());
        }
        return after;
      },
      [&](db::Tx& tx, const std::string&) -> absl::StatusOr<v1::Registration> {
        ASSIGN_OR_RETURN(auto stored, store::GetRegistration(tx, keyring_, ids[0], ids[1], viewer));
        return std::move(stored.registration);
      });
}

absl::StatusOr<v1::Registration> EventsService::CancelRegistration(
    const Context& ctx, const v1::CancelRegistrationRequest& req) {
  const auto ids = rpc::NameIds(req.name());
  const rules::Viewer viewer = rules::ViewerOf(ctx.caller(), req.name());
  const auto read = [&](db::Tx& tx, store::Position position) -> absl::StatusOr<v1::Registration> {
    ASSIGN_OR_RETURN(auto stored,
                     store::GetRegistration(tx, keyring_, ids[0], ids[1], viewer, position));
    return std::move(stored.registration);
  };
  return db_.Write(
      ctx, req,
      [&](db::Tx& tx) -> absl::StatusOr<v1::Registration> {
        // First without the lock: who may not see it locks nothing, and learns nothing of its
        // session. Then as earlier holders of the lock have left it.
        RETURN_IF_ERROR(read(tx, store::Position::kLeftOut).status());
        ASSIGN_OR_RETURN(auto locked, store::LockSession(tx, ids[0]));
        ASSIGN_OR_RETURN(const auto before, read(tx, store::Position::kLeftOut));
        RETURN_IF_ERROR(rules::MayChange(locked.session, before, ctx.now()));
        std::vector<v1::Registration> cancelled = {before};
        v1::Registration& after = cancelled[0];
        after.set_state(v1::Registration::STATE_CANCELLED);
        *after.mutable_cancel_time() = types::ToProto(ctx.now());
        rules::Remove(locked.line, before.state() == v1::Registration::STATE_CONFIRMED,
                      before.attendees_size());
        RETURN_IF_ERROR(store::SaveRegistrations(tx, cancelled));
        RETURN_IF_ERROR(store::FreeAttendees(tx, ids[1]));
        ASSIGN_OR_RETURN(const auto promoted, PromoteWaiters(tx, ctx, locked.session, locked.line));
        RETURN_IF_ERROR(store::SaveLine(tx, ids[0], locked.line));
        std::vector<changes::Record> records = {RegistrationRecord(
            ctx, req.request_id(), "registration.cancelled", locked.session, &before, after)};
        for (size_t i = 0; i < promoted.after.size(); ++i) {
          records.push_back(RegistrationRecord(ctx, req.request_id(), "registration.promoted",
                                               locked.session, &promoted.before[i],
                                               promoted.after[i]));
        }
        RETURN_IF_ERROR(changes::Append(tx, keyring_, records));
        return after;
      },
      [&](db::Tx& tx, const std::string&) { return read(tx, store::Position::kCounted); });
}

}  // namespace scharnier::events
