// File: organisations_test.h
// The organisations service on a throw-away database, for its tests: callers and organisations in a
// few words.

#ifndef SCHARNIER_SERVICES_ORGANISATIONS_ORGANISATIONS_TEST_H_
#define SCHARNIER_SERVICES_ORGANISATIONS_ORGANISATIONS_TEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/host/host.h"
#include "common/jobs/jobs.h"
#include "common/runtime/clock.h"
#include "common/runtime/executor.h"
#include "common/runtime/keyring.h"
#include "common/testing/postgres.h"
#include "gmock/gmock.h"
#include "services/organisations/service.h"

namespace scharnier::organisations {

class OrganisationsTest : public ::testing::Test {
 protected:
  OrganisationsTest();
  ~OrganisationsTest() override;

  // Contexts of one call each, at the clock's instant.
  runtime::Context Officer() const;
  runtime::Context Staff() const;
  runtime::Context Service() const;
  runtime::Context Person(const std::string& email) const;

  // The n-th enterprise number of a series that nobody has: it begins with 19.
  static std::string Number(int n);
  // A facility in Ghent, not entered, with the n-th number and what `more` says in text format.
  static v1::Organisation Facility(int n, const std::string& more = "");

  absl::StatusOr<v1::Organisation> Create(const v1::Organisation& organisation);
  absl::StatusOr<v1::Organisation> Update(v1::Organisation organisation,
                                          const std::vector<std::string>& mask);
  absl::StatusOr<v1::Organisation> Get(const runtime::Context& ctx, const std::string& name);
  // The names that a search finds, the best match first.
  std::vector<std::string> Search(const std::string& query, const std::string& more = "");

  absl::StatusOr<v1::Mandate> Invite(const runtime::Context& ctx, const std::string& organisation,
                                     const std::string& email, v1::Mandate::Role role);
  absl::StatusOr<v1::Mandate> Accept(const std::string& email, const std::string& mandate);
  absl::StatusOr<v1::Mandate> Revoke(const runtime::Context& ctx, const std::string& mandate);
  // Types of the changes so far, in order.
  std::vector<std::string> Changes() const;

  testing::TestDatabase database_;
  runtime::ManualClock clock_;
  runtime::Keyring keyring_ = runtime::Keyring::Random();
  db::Database db_;
  runtime::Executor executor_{4, 1000};
  jobs::Runner jobs_{db_, clock_};
  host::Host host_{clock_, keyring_, executor_, db_, jobs_};
  OrganisationsService service_{host_};
};

}  // namespace scharnier::organisations

#endif  // SCHARNIER_SERVICES_ORGANISATIONS_ORGANISATIONS_TEST_H_
