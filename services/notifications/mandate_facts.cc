#include "services/notifications/mandate_facts.h"

#include <string>

#include "common/errors/macros.h"
#include "common/types/civil.h"
#include "common/types/timestamp.h"
#include "scharnier/organisations/v1/mandate_service.pb.h"
#include "services/notifications/links.h"
#include "services/notifications/organisation_facts.h"

namespace scharnier::notifications {
namespace {

namespace org = ::scharnier::organisations::v1;

const char* RoleInDutch(org::Mandate::Role role) {
  switch (role) {
    case org::Mandate::ROLE_SIGNATORY:
      return "tekenen (voorstellen indienen, uitnodigingen beantwoorden, anderen machtigen)";
    case org::Mandate::ROLE_EDITOR:
      return "schrijven (inschrijven, ideeën indienen, voorstellen opstellen)";
    default:
      return "lezen";
  }
}

}  // namespace

Facts FactsOf(const org::Mandate& mandate, const org::Organisation& organisation) {
  Facts facts{.name = mandate.full_name(),
              .email = mandate.email(),
              .title = OneLine(organisation.display_name())};
  const std::string until = types::InstantInDutch(types::FromProto(mandate.expire_time()));
  facts.words.set("until", until);
  facts.table = {{"Organisatie", facts.title},
                 {"Wat je mag", RoleInDutch(mandate.role())},
                 {"Te aanvaarden vóór", until}};
  return facts;
}

absl::StatusOr<Facts> ReadMandate(Sources& sources, const Links& links, const runtime::Context& ctx,
                                  const v1::Message& message) {
  const std::string& name = message.object();
  ASSIGN_OR_RETURN(const auto mandate,
                   (Get<org::Mandate, org::GetMandateRequest>(
                       sources.organisations, ctx,
                       "scharnier.organisations.v1.MandateService/GetMandate", name)));
  ASSIGN_OR_RETURN(const auto organisations,
                   ReadOrganisations(sources, ctx, {name.substr(0, name.find("/mandates/"))}));
  Facts facts = FactsOf(mandate, organisations[0]);
  facts.link = links.ToMandate(mandate);
  return facts;
}

}  // namespace scharnier::notifications
