// Register: a batch of registrations of one session, in one transaction.

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/changes/record.h"
#include "common/errors/errors.h"
#include "common/errors/macros.h"
#include "common/rpc/names.h"
#include "common/runtime/uuid.h"
#include "common/types/etag.h"
#include "common/types/parts.h"
#include "common/types/timestamp.h"
#include "scharnier/events/v1/error_reason.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/events/origins.h"
#include "services/events/rules/access.h"
#include "services/events/rules/registration.h"
#include "services/events/rules/session.h"
#include "services/events/seats.h"
#include "services/events/service.h"
#include "services/events/store/registrations.h"

namespace scharnier::events {
namespace {

// Takes the registrations of a batch one after another, in the order of the calls.
class Desk {
 public:
  Desk(const runtime::Keyring& keyring, store::LockedSession& locked, store::Taken taken)
      : keyring_(keyring), session_(locked.session), line_(locked.line), taken_(std::move(taken)) {}

  // Seats a party or puts it in line. Errors: those of Register.
  absl::StatusOr<store::NewRegistration> Take(const runtime::Context& ctx,
                                              const v1::Registration& wanted,
                                              const rules::Origin& origin, bool mandated) {
    store::NewRegistration made;
    made.registration = wanted;
    v1::Registration& registration = made.registration;
    ASSIGN_OR_RETURN(auto marks, rules::Judge(session_, origin, ctx.now()));
    if (!wanted.organisation().empty() && !mandated) {
      marks.push_back(v1::Registration::MARK_CLAIMED_ORGANISATION);
    }
    RETURN_IF_ERROR(rules::CheckRegistration(session_, registration));
    for (const v1::Attendee& attendee : registration.attendees()) {
      made.attendee_keys.push_back(store::AttendeeKey(keyring_, registration, attendee));
    }
    RETURN_IF_ERROR(rules::CheckEachOnce(made.attendee_keys));
    RETURN_IF_ERROR(CheckTaken(made.attendee_keys));
    made.arrival = line_.next_arrival;
    switch (rules::Place(line_, registration.attendees_size())) {
      case rules::Placing::kConfirmed:
        registration.set_state(v1::Registration::STATE_CONFIRMED);
        *registration.mutable_confirm_time() = types::ToProto(ctx.now());
        break;
      case rules::Placing::kWaitlisted:
        registration.set_state(v1::Registration::STATE_WAITLISTED);
        registration.set_waiting_position(line_.waiting);
        break;
      case rules::Placing::kFull:
        return errors::Error(v1::ERROR_REASON_SESSION_FULL,
                             "all seats are taken and there is no waiting list")
            .With("session", session_.name())
            .Precondition("SEATS", session_.name(), "all seats are taken");
      case rules::Placing::kTooLarge:
        return errors::Error(v1::ERROR_REASON_PARTY_TOO_LARGE,
                             "the party has more people than the session has seats")
            .With("session", session_.name())
            .With("attendees", absl::StrCat(registration.attendees_size()))
            .With("capacity", absl::StrCat(session_.capacity()))
            .Precondition("SEATS", session_.name(), "register in smaller parties");
    }
    taken_.session.insert(made.attendee_keys.begin(), made.attendee_keys.end());
    registration.set_name(absl::StrCat(session_.name(), "/registrations/", runtime::NewUuid()));
    registration.set_etag(types::Etag(1));
    *registration.mutable_receive_time() = types::ToProto(ctx.now());
    registration.mutable_marks()->Assign(marks.begin(), marks.end());
    for (v1::Person& person : rules::Recipients(registration)) {
      *registration.add_recipients() = std::move(person);
    }
    made.person_key = runtime::PersonKey(keyring_, registration.registrant().email());
    // Who is signed in and registers keeps it, whatever their address becomes.
    made.holder_key = ctx.caller().is(options::v1::ROLE_PERSON) && !ctx.caller().account.empty()
                          ? ctx.caller().account
                          : made.person_key;
    return made;
  }

 private:
  absl::Status CheckTaken(const std::vector<std::string>& attendee_keys) const {
    for (size_t i = 0; i < attendee_keys.size(); ++i) {
      const bool here = taken_.session.contains(attendee_keys[i]);
      if (here || taken_.choice.contains(attendee_keys[i])) {
        return errors::Error(
                   here ? v1::ERROR_REASON_ALREADY_REGISTERED : v1::ERROR_REASON_CHOICE_TAKEN,
                   here ? "an attendee is registered for this session"
                        : "an attendee is registered for another session of the same choice")
            .With("session", session_.name())
            .With("field", absl::StrCat("registration.attendees[", i, "]"));
      }
    }
    return absl::OkStatus();
  }

  const runtime::Keyring& keyring_;
  const v1::Session& session_;
  rules::Line& line_;
  store::Taken taken_;
};

// The same for a draft and for nothing at all, so that nobody tells them apart.
absl::Status NoSuchSession(const std::string& id) {
  return errors::Error(types::v1::ERROR_REASON_RESOURCE_NOT_FOUND, "there is no such session")
      .With("name", absl::StrCat("sessions/", id));
}

// Whether a refusal names another session that would fit.
bool NamesAnother(const absl::Status& refusal) {
  return errors::Is(refusal, v1::ERROR_REASON_REGISTRATION_CLOSED) ||
         errors::Is(refusal, v1::ERROR_REASON_NOT_ELIGIBLE) ||
         errors::Is(refusal, v1::ERROR_REASON_SESSION_FULL);
}

// The answer as the caller may see it: answers to the registrant alone.
v1::Registration AsSeenBy(const runtime::Context& ctx, v1::Registration registration) {
  if (!ctx.caller().is(options::v1::ROLE_PERSON) || ctx.caller().through_team()) {
    types::ClearSensitive(registration);
  }
  return registration;
}

}  // namespace

void EventsService::Register(const Context& ctx, const v1::RegisterRequest& req,
                             rpc::Done<v1::Registration> done) {
  const std::string& email = req.registration().registrant().email();
  if (ctx.caller().is(options::v1::ROLE_PERSON) &&
      runtime::NormaliseEmail(email) != ctx.caller().email) {
    done(errors::Error(v1::ERROR_REASON_REGISTRANT_NOT_CALLER, "people register themselves")
             .Field("registration.registrant.email", "has to be the caller's own address"));
    return;
  }
  const std::string& organisation = req.registration().organisation();
  const std::string session = rpc::NameIds(req.parent())[0];
  if (organisation.empty()) {
    if (auto said = rules::OriginOf(req.registration()); !said.ok()) {
      done(said.status());
      return;
    }
    register_.Submit(session, ctx, &req, std::move(done));
    return;
  }
  // An organisation that the copy of the register does not have costs one question, and no other
  // call waits for it.
  register_.Submit(
      session, ctx, &req,
      [this, session, &ctx, &req,
       done = std::move(done)](absl::StatusOr<v1::Registration> answer) mutable {
        if (!IsNoSuchOrganisation(answer.status(), req.registration().organisation())) {
          done(std::move(answer));
          return;
        }
        executor_.Submit([this, session, &ctx, &req, done = std::move(done)]() mutable {
          auto asked = ask_organisation_(ctx, req.registration().organisation());
          if (asked.ok()) {
            register_.Submit(session, ctx, &req, std::move(done));
          } else {
            done(asked.status());
          }
        });
      });
}

EventsService::Answers<v1::Registration> EventsService::RegisterBatch(
    const std::string& session_id, const std::vector<RegisterBatcher::Call*>& calls) {
  std::vector<db::RequestRef> requests;
  absl::Time deadline = absl::InfinitePast();
  for (const auto* call : calls) {
    requests.push_back({call->ctx, call->item});
    deadline = std::max(deadline, call->ctx->deadline());
  }
  const Context batch({.now = calls[0]->ctx->now(),
                       .deadline = deadline,
                       .method = calls[0]->ctx->method(),
                       .trace = calls[0]->ctx->trace()});

  const auto take_all = [&](db::Tx& tx) -> Answers<v1::Registration> {
    ASSIGN_OR_RETURN(const auto claims, db::ClaimRequests(tx, requests));
    for (const auto& claim : claims) {
      // The same request_id twice in this batch: one by one, the second finds the first one's
      // effect.
      if (errors::Is(claim.status(), types::v1::ERROR_REASON_CONFLICT)) {
        return claim.status();
      }
    }
    std::vector<Asked> asked;
    for (const auto* call : calls) {
      asked.push_back({&call->ctx->caller(), &call->item->registration()});
    }
    ASSIGN_OR_RETURN(const auto origins, FindOrigins(tx, keyring_, asked));
    auto found = store::LockSession(tx, session_id);
    if (absl::IsNotFound(found.status())) {
      return NoSuchSession(session_id);
    }
    ASSIGN_OR_RETURN(auto locked, std::move(found));
    const v1::Session& session = locked.session;
    const auto keys_of = [&](const v1::Registration& registration) {
      std::vector<std::string> keys;
      for (const v1::Attendee& attendee : registration.attendees()) {
        keys.push_back(store::AttendeeKey(keyring_, registration, attendee));
      }
      return keys;
    };
    std::vector<std::string> keys;
    for (const auto* call : calls) {
      for (std::string& key : keys_of(call->item->registration())) {
        keys.push_back(std::move(key));
      }
    }
    ASSIGN_OR_RETURN(auto taken, store::FindLiveAttendees(tx, session, keys));
    Desk desk(keyring_, locked, std::move(taken));

    std::vector<absl::StatusOr<v1::Registration>> answers;
    std::vector<store::NewRegistration> made;
    std::vector<db::RequestRef> done, refused;
    std::vector<std::string> names;
    for (size_t i = 0; i < calls.size(); ++i) {
      const Context& ctx = *calls[i]->ctx;
      if (!claims[i].ok()) {
        answers.emplace_back(claims[i].status());
        continue;
      }
      if (claims[i]->has_value()) {  // a repetition: the registration as it is now
        const auto ids = rpc::NameIds(**claims[i]);
        auto stored =
            store::GetRegistration(tx, keyring_, ids[0], ids[1], rules::ViewerOf(ctx.caller()));
        RETURN_IF_ERROR(stored.status());
        answers.emplace_back(stored->registration);
        continue;
      }
      if ((session.state() == v1::Session::STATE_DRAFT && !rules::SeesDrafts(ctx.caller())) ||
          !rules::IsGranted(ctx.caller(), session.series())) {
        refused.push_back(requests[i]);
        answers.emplace_back(NoSuchSession(session_id));
        continue;
      }
      const v1::Registration& wanted = calls[i]->item->registration();
      if (!origins[i].ok()) {
        refused.push_back(requests[i]);
        answers.emplace_back(origins[i].status());
        continue;
      }
      const auto& [origin, mandated] = *origins[i];
      auto taken_in = desk.Take(ctx, wanted, origin, mandated);
      if (taken_in.ok()) {
        answers.emplace_back(AsSeenBy(ctx, taken_in->registration));
        names.push_back(taken_in->registration.name());
        made.push_back(*std::move(taken_in));
        done.push_back(requests[i]);
        continue;
      }
      refused.push_back(requests[i]);
      absl::Status refusal = taken_in.status();
      if (NamesAnother(refusal)) {
        const std::string series = rpc::NameIds(session.series())[0];
        ASSIGN_OR_RETURN(const auto siblings,
                         store::ListSiblings(tx, series, session_id, keys_of(wanted), ctx.now()));
        if (const auto* fit = rules::BestFit(siblings, session, wanted, origin, ctx.now());
            fit != nullptr) {
          refusal = errors::AddMetadata(std::move(refusal), "fits", fit->name());
        }
      }
      answers.emplace_back(std::move(refusal));
    }

    if (!made.empty()) {
      RETURN_IF_ERROR(store::InsertRegistrations(tx, keyring_, session, made));
      RETURN_IF_ERROR(store::SaveLine(tx, session_id, locked.line));
      std::vector<changes::Record> records;
      for (size_t i = 0; i < made.size(); ++i) {
        v1::Registration& registration = made[i].registration;
        registration.clear_waiting_position();
        const bool confirmed = registration.state() == v1::Registration::STATE_CONFIRMED;
        records.push_back(
            RegistrationRecord(*done[i].ctx, db::RequestId(*done[i].request),
                               confirmed ? "registration.confirmed" : "registration.waitlisted",
                               session, nullptr, registration));
      }
      RETURN_IF_ERROR(changes::Append(tx, keyring_, records));
      RETURN_IF_ERROR(db::FinishRequests(tx, done, names));
    }
    if (!refused.empty()) {
      RETURN_IF_ERROR(db::ReleaseRequests(tx, refused));
    }
    return answers;
  };
  auto answers = db_.WriteBatch(batch, take_all);
  if (calls.size() == 1 && errors::Is(answers.status(), types::v1::ERROR_REASON_CONFLICT)) {
    // A rival has taken an attendee for another session of the choice, and has committed: now it is
    // found.
    return db_.WriteBatch(batch, take_all);
  }
  return answers;
}

}  // namespace scharnier::events
