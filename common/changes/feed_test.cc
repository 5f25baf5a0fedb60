#include "common/changes/feed.h"

#include <atomic>
#include <random>
#include <thread>

#include "common/changes/test_feed.h"
#include "common/testing/eventually.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::changes {
namespace {

using ::scharnier::testing::Eventually;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasMetadata;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// For what has to happen soon; a test that waits this long has failed.
constexpr absl::Duration kLong = absl::Seconds(30);
// Never within a test.
constexpr absl::Duration kNever = absl::Hours(1);

class FeedTest : public ::testing::Test {
 protected:
  // A feed that numbers when a test says so, or when it is notified.
  std::unique_ptr<TestReader> Reader(const Feed::Options& options = {.interval = kNever}) {
    return std::make_unique<TestReader>(service_.database, options);
  }
  static v1::ListChangesRequest Request(const v1::Cursor& after = {}, int page_size = 0,
                                        absl::Duration wait = absl::ZeroDuration()) {
    v1::ListChangesRequest request;
    if (!after.generation().empty()) {
      *request.mutable_after() = after;
    }
    request.set_page_size(page_size);
    request.mutable_wait()->set_seconds(absl::ToInt64Seconds(wait));
    return request;
  }
  static std::vector<std::string> Subjects(
      const google::protobuf::RepeatedPtrField<v1::Change>& changes) {
    std::vector<std::string> subjects;
    for (const v1::Change& change : changes) {
      subjects.push_back(change.subject());
    }
    return subjects;
  }
  static std::vector<std::string> NewNames(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
      names.push_back(TestService::NewName());
    }
    return names;
  }

  TestService service_;
  const std::unique_ptr<runtime::Context> ctx_ = ContextOf(options::v1::ROLE_SERVICE);
  const std::unique_ptr<runtime::Context> team_ = ContextOf(options::v1::ROLE_TEAM);
};

TEST_F(FeedTest, GivesEachChangeWithItsAttributesAndWhereToGoOn) {
  const auto reader = Reader();
  const std::vector<std::string> names = NewNames(2);
  ASSERT_THAT(service_.Write(names), IsOk());
  ASSERT_THAT(reader->feed.SequenceNow(*ctx_), IsOk());

  const auto page = reader->List(*ctx_, Request());
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Subjects(page->changes()), ElementsAreArray(names));
  EXPECT_EQ(page->last_position(), 2);
  const v1::Change& second = page->changes(1);
  EXPECT_EQ(second.source(), "//scharnier/events");
  EXPECT_EQ(second.type(), "scharnier.events.v1.session.published");
  EXPECT_EQ(second.sequence(), 1);
  EXPECT_EQ(second.cursor().position(), 2);
  EXPECT_EQ(second.cursor().generation(), page->next().generation());
  EXPECT_EQ(page->next().position(), 2);
  EXPECT_EQ(second.traceparent().size(), 55u);
  EXPECT_TRUE(runtime::IsUuid(second.id()));
  EXPECT_GT(second.time().seconds(), 0);
  events::v1::Session session;
  ASSERT_TRUE(second.data().UnpackTo(&session));
  EXPECT_EQ(session.name(), names[1]);

  const auto rest = reader->List(*ctx_, Request(page->changes(0).cursor()));
  ASSERT_THAT(rest, IsOk());
  EXPECT_THAT(Subjects(rest->changes()), ElementsAre(names[1]));
}

TEST_F(FeedTest, CutsPagesByNumberAndBySize) {
  const auto reader = Reader();
  ASSERT_THAT(service_.Write(NewNames(1100)), IsOk());
  ASSERT_THAT(reader->feed.SequenceNow(*ctx_), IsOk());
  struct Case {
    int page_size;
    int changes;
  };
  for (const Case& c : {Case{0, 100}, Case{1, 1}, Case{1000, 1000}, Case{5000, 1000}}) {
    const auto page = reader->List(*ctx_, Request({}, c.page_size));
    ASSERT_THAT(page, IsOk());
    EXPECT_EQ(page->changes_size(), c.changes) << c.page_size;
    EXPECT_EQ(page->next().position(), c.changes) << c.page_size;
    EXPECT_EQ(page->last_position(), 1100) << c.page_size;
  }
  service_.postgres.Sql(
      "UPDATE change SET payload = payload || '\\x3a'::bytea || '\\xe0d403'::bytea || "
      "convert_to(repeat('x', 60000), 'UTF8') WHERE pos <= 30");
  const auto page = reader->List(*ctx_, Request());
  ASSERT_THAT(page, IsOk());
  // Those before a MiB is reached, and the one that reaches it.
  EXPECT_EQ(page->changes_size(), 18);
  EXPECT_EQ(page->next().position(), 18);
}

TEST_F(FeedTest, ShowsTeamsWhatIsPublicAndMovesTheirCursorOverTheRest) {
  const auto reader = Reader();
  const std::vector<std::string> names = NewNames(4);
  ASSERT_THAT(service_.Write({names[0]}, Audience::kInternal), IsOk());
  ASSERT_THAT(service_.Write({names[1]}, Audience::kPublic), IsOk());
  ASSERT_THAT(service_.Write({names[2], names[3]}, Audience::kInternal), IsOk());
  ASSERT_THAT(reader->feed.SequenceNow(*ctx_), IsOk());

  const auto seen = reader->List(*team_, Request());
  ASSERT_THAT(seen, IsOk());
  EXPECT_THAT(Subjects(seen->changes()), ElementsAre(names[1]));
  const auto rest = reader->List(*team_, Request(seen->next()));
  ASSERT_THAT(rest, IsOk());
  EXPECT_THAT(rest->changes(), IsEmpty());
  EXPECT_EQ(rest->next().position(), 4);
  const auto all = reader->List(*ctx_, Request());
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(Subjects(all->changes()), ElementsAreArray(names));
}

TEST_F(FeedTest, ShowsATeamTheCallsOfItsGrantAlone) {
  const auto reader = Reader();
  const std::vector<std::string> names = NewNames(3);
  ASSERT_THAT(service_.Write(names, Audience::kPublic), IsOk());
  ASSERT_THAT(service_.Write({names[0]}, Audience::kInternal), IsOk());
  // What is about no call or series is limited to none.
  service_.postgres.Sql(absl::StrCat("UPDATE change SET scope = CASE subject WHEN '", names[0],
                                     "' THEN '{series/1}' WHEN '", names[1],
                                     "' THEN '{series/2}' ELSE '{organisations/1}' END::text[]"));
  ASSERT_THAT(reader->feed.SequenceNow(*ctx_), IsOk());
  const auto grant = std::make_shared<identity::v1::Grant>();
  grant->add_calls("series/1");
  grant->add_calls("series/3");
  team_->SetCaller({.role = options::v1::ROLE_TEAM, .subject = "tester", .grant = grant});
  const auto seen = reader->List(*team_, Request());
  ASSERT_THAT(seen, IsOk());
  EXPECT_THAT(Subjects(seen->changes()), ElementsAre(names[0], names[2]));
  // The cursor moves over the rest.
  const auto rest = reader->List(*team_, Request(seen->next()));
  ASSERT_THAT(rest, IsOk());
  EXPECT_THAT(rest->changes(), IsEmpty());
  EXPECT_EQ(rest->next().position(), 4);
}

TEST_F(FeedTest, FindsWhatATeamMaySeeBehindALongStretchOfWhatItMayNot) {
  const auto reader = Reader();
  const std::string name = TestService::NewName();
  ASSERT_THAT(service_.Write({TestService::NewName()}, Audience::kInternal), IsOk());
  service_.postgres.Sql(
      "INSERT INTO change (id, source, aggregatetype, aggregateid, seq, type, subject, time, "
      "audience, payload) SELECT gen_random_uuid(), source, aggregatetype, aggregateid, i, type, "
      "subject, time, audience, payload FROM change, generate_series(2, 10500) i");
  ASSERT_THAT(service_.Write({name}, Audience::kPublic), IsOk());
  ASSERT_THAT(reader->feed.SequenceNow(*ctx_), IsOk());
  const auto page = reader->List(*team_, Request());
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Subjects(page->changes()), ElementsAre(name));
  EXPECT_EQ(page->next().position(), 10501);
}

TEST_F(FeedTest, RefusesCursorsThatAreNotOfThisFeed) {
  const auto reader = Reader();
  ASSERT_THAT(service_.Write(NewNames(2)), IsOk());
  ASSERT_THAT(reader->feed.SequenceNow(*ctx_), IsOk());
  const auto page = reader->List(*ctx_, Request());
  ASSERT_THAT(page, IsOk());
  const std::string ours = page->next().generation();
  const std::string other = runtime::NewUuid();
  struct Case {
    std::string generation;
    int64_t position;
    bool known;
  };
  for (const Case& c :
       {Case{ours, 0, true}, Case{ours, 2, true}, Case{ours, 3, false},
        Case{ours, INT64_MAX, false}, Case{other, 0, false}, Case{other, 2, false}}) {
    SCOPED_TRACE(absl::StrCat(c.generation == ours, " ", c.position));
    v1::Cursor cursor;
    cursor.set_generation(c.generation);
    cursor.set_position(c.position);
    const auto listed = reader->List(*ctx_, Request(cursor, 0, absl::Seconds(0)));
    auto watch = reader->Watch(*ctx_, cursor);
    ASSERT_THAT(watch, IsOk());
    const auto watched = (*watch)->Next(*ctx_);
    if (c.known) {
      EXPECT_THAT(listed, IsOk());
      EXPECT_THAT(watched, IsOk());
    } else {
      EXPECT_THAT(listed, AllOf(HasReason(types::v1::ERROR_REASON_CURSOR_EXPIRED),
                                HasMetadata("field", "after")));
      EXPECT_THAT(watched, HasReason(types::v1::ERROR_REASON_CURSOR_EXPIRED));
    }
  }
  // What is forgotten is not served, and a cursor before it would miss something.
  service_.postgres.Sql("UPDATE feed SET first_pos = 2");
  for (const auto& [position, known] : {std::pair(0, false), std::pair(1, true)}) {
    v1::Cursor cursor;
    cursor.set_generation(ours);
    cursor.set_position(position);
    const auto listed = reader->List(*ctx_, Request(cursor, 0, absl::Seconds(0)));
    EXPECT_EQ(listed.ok(), known) << position;
  }
  const auto oldest = reader->List(*ctx_, Request());
  ASSERT_THAT(oldest, IsOk());
  ASSERT_EQ(oldest->changes_size(), 1);
  EXPECT_EQ(oldest->changes(0).cursor().position(), 2);
  v1::ListChangesRequest without_generation;
  without_generation.mutable_after()->set_position(1);
  EXPECT_THAT(reader->List(*ctx_, without_generation),
              HasReason(types::v1::ERROR_REASON_CURSOR_EXPIRED));
}

TEST_F(FeedTest, RefusesToWaitForANegativeTime) {
  const auto reader = Reader();
  v1::ListChangesRequest request;
  request.mutable_wait()->set_seconds(-1);
  EXPECT_THAT(reader->List(*ctx_, request),
              AllOf(HasReason(types::v1::ERROR_REASON_FIELD_INVALID), HasField("wait")));
}

TEST_F(FeedTest, AnswersACallThatWaitsWhenAChangeComes) {
  // One thread for all calls: those that wait must not hold it.
  TestReader reader(service_.database, {.interval = kNever}, 1);
  ASSERT_THAT(service_.Write(NewNames(1)), IsOk());
  ASSERT_THAT(reader.feed.SequenceNow(*ctx_), IsOk());
  const auto end = reader.List(*ctx_, Request());
  ASSERT_THAT(end, IsOk());

  const v1::ListChangesRequest request = Request(end->next(), 0, absl::Seconds(20));
  std::vector<absl::StatusOr<v1::ListChangesResponse>> answers(3);
  absl::Notification answered[3];
  for (int i = 0; i < 3; ++i) {
    reader.StartList(*ctx_, request, [&, i](absl::StatusOr<v1::ListChangesResponse> answer) {
      answers[i] = std::move(answer);
      answered[i].Notify();
    });
  }
  EXPECT_THAT(reader.List(*ctx_, Request(end->next())), IsOk());
  EXPECT_FALSE(answered[0].HasBeenNotified());

  const std::string name = TestService::NewName();
  ASSERT_THAT(service_.Write({name}), IsOk());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(answered[i].WaitForNotificationWithTimeout(kLong));
    ASSERT_THAT(answers[i], IsOk());
    EXPECT_THAT(Subjects(answers[i]->changes()), ElementsAre(name));
  }
}

TEST_F(FeedTest, AnswersACallThatWaitsWhenAnotherReplicaHasNumbered) {
  // The first is never notified of what is written past Append, and looks only now and then.
  TestReader first(service_.database, {.interval = absl::Milliseconds(20)});
  const auto end = first.List(*ctx_, Request());
  ASSERT_THAT(end, IsOk());
  const v1::ListChangesRequest request = Request(end->next(), 0, absl::Seconds(20));
  absl::StatusOr<v1::ListChangesResponse> answer;
  absl::Notification answered;
  first.StartList(*ctx_, request, [&](absl::StatusOr<v1::ListChangesResponse> response) {
    answer = std::move(response);
    answered.Notify();
  });
  service_.postgres.Sql(
      "WITH made AS (INSERT INTO change (id, source, aggregatetype, aggregateid, seq, type, "
      "subject, time, audience, payload, generation, pos) SELECT gen_random_uuid(), 's', "
      "'sessions', "
      "'a', 1, 't', 'sessions/a', now(), 'INTERNAL', '', generation, 1 FROM feed) "
      "UPDATE feed SET last_pos = 1");
  ASSERT_TRUE(answered.WaitForNotificationWithTimeout(kLong));
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(Subjects(answer->changes()), ElementsAre("sessions/a"));
}

TEST_F(FeedTest, NumbersWithoutANotification) {
  TestReader reader(service_.database, {.interval = absl::Milliseconds(20)});
  service_.postgres.Sql(
      "INSERT INTO change (id, source, aggregatetype, aggregateid, seq, type, subject, time, "
      "audience, payload) VALUES (gen_random_uuid(), 's', 'sessions', 'a', 1, 't', 'sessions/a', "
      "now(), 'INTERNAL', '')");
  const auto page = reader.List(*ctx_, Request({}, 0, absl::Seconds(20)));
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Subjects(page->changes()), ElementsAre("sessions/a"));
}

TEST_F(FeedTest, AnswersWithNothingWhenTheTimeIsOver) {
  const auto reader = Reader();
  const absl::Time start = absl::Now();
  const auto waited = reader->List(*ctx_, Request({}, 0, absl::Seconds(1)));
  EXPECT_GE(absl::Now() - start, absl::Seconds(1));
  ASSERT_THAT(waited, IsOk());
  EXPECT_THAT(waited->changes(), IsEmpty());
  EXPECT_EQ(waited->next().position(), 0);
  EXPECT_TRUE(runtime::IsUuid(waited->next().generation()));

  // Before the call's deadline, however long it would wait.
  const auto hurried = ContextOf(options::v1::ROLE_SERVICE, absl::Seconds(1));
  EXPECT_THAT(reader->List(*hurried, Request({}, 0, absl::Seconds(20))), IsOk());
  EXPECT_LT(absl::Now(), hurried->deadline());
}

TEST_F(FeedTest, StopsWaitingWhenTold) {
  const auto reader = Reader();
  const v1::ListChangesRequest request = Request({}, 0, absl::Seconds(20));
  const auto ctx = ContextOf(options::v1::ROLE_SERVICE, kNever);
  absl::StatusOr<v1::ListChangesResponse> answer;
  absl::Notification answered;
  reader->StartList(*ctx, request, [&](absl::StatusOr<v1::ListChangesResponse> response) {
    answer = std::move(response);
    answered.Notify();
  });
  reader->feed.StopWaiting();
  const absl::Time start = absl::Now();
  ASSERT_TRUE(answered.WaitForNotificationWithTimeout(kLong));
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(answer->changes(), IsEmpty());
}

TEST_F(FeedTest, WatchesInSlicesWithHeartbeats) {
  const auto reader = Reader({.interval = kNever, .heartbeat = kNever});
  const std::vector<std::string> names = NewNames(150);
  ASSERT_THAT(service_.Write(names), IsOk());
  ASSERT_THAT(reader->feed.SequenceNow(*ctx_), IsOk());

  auto watch = reader->Watch(*ctx_, {});
  ASSERT_THAT(watch, IsOk());
  std::vector<std::string> subjects;
  v1::Cursor cursor;
  for (const int expected : {100, 50}) {
    const auto step = (*watch)->Next(*ctx_);
    ASSERT_THAT(step, IsOk());
    ASSERT_NE(step->message, nullptr);
    const auto& response = static_cast<const v1::WatchChangesResponse&>(*step->message);
    EXPECT_EQ(response.changes_size(), expected);
    // At once while there are more.
    EXPECT_EQ(step->pause, expected == 100 ? absl::ZeroDuration() : kNever);
    for (const std::string& subject : Subjects(response.changes())) {
      subjects.push_back(subject);
    }
    cursor = response.next();
  }
  EXPECT_EQ(subjects, names);
  EXPECT_EQ(cursor.position(), 150);
  const auto quiet = (*watch)->Next(*ctx_);
  ASSERT_THAT(quiet, IsOk());
  EXPECT_EQ(quiet->message, nullptr);
  EXPECT_FALSE(quiet->end);

  const auto beating = Reader({.interval = kNever, .heartbeat = absl::ZeroDuration()});
  auto heart = beating->Watch(*team_, {});
  ASSERT_THAT(heart, IsOk());
  const auto beat = (*heart)->Next(*team_);
  ASSERT_THAT(beat, IsOk());
  ASSERT_NE(beat->message, nullptr);
  const auto& empty = static_cast<const v1::WatchChangesResponse&>(*beat->message);
  EXPECT_THAT(empty.changes(), IsEmpty());
  EXPECT_EQ(empty.next().position(), 150);

  const auto short_lived = Reader({.interval = kNever, .longest_stream = absl::ZeroDuration()});
  auto over = short_lived->Watch(*ctx_, {});
  ASSERT_THAT(over, IsOk());
  const auto last = (*over)->Next(*ctx_);
  ASSERT_THAT(last, IsOk());
  EXPECT_TRUE(last->end);
}

TEST_F(FeedTest, GoesOnWhenTheDatabaseIsBack) {
  const auto reader = Reader({.interval = absl::Milliseconds(20)});
  ASSERT_THAT(service_.Write(NewNames(1)), IsOk());
  const auto before = reader->List(*ctx_, Request({}, 0, absl::Seconds(20)));
  ASSERT_THAT(before, IsOk());
  service_.postgres.Sql(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  const std::string name = TestService::NewName();
  ASSERT_TRUE(Eventually([&] { return service_.Write({name}).ok(); }));
  absl::StatusOr<v1::ListChangesResponse> after;
  ASSERT_TRUE(Eventually([&] {
    after = reader->List(*ctx_, Request(before->next(), 0, absl::Seconds(20)));
    return after.ok();
  }));
  EXPECT_THAT(Subjects(after->changes()), ElementsAre(name));
}

// Writers commit out of order and roll back now and then, while two sequencers number and a reader
// reads.
TEST_F(FeedTest, MissesAndRepeatsNothingWhileWritersCommitOutOfOrder) {
  constexpr int kWriters = 8;
  constexpr int kRounds = 360;
  constexpr int kSessions = 40;
  static constexpr db::Query kLock = {"LockSession", "SELECT pg_advisory_xact_lock($1::bigint)"};
  static constexpr db::Query kDelay = {"Delay", "SELECT pg_sleep($1::float8)"};
  const std::vector<std::string> sessions = NewNames(kSessions);
  db::DatabaseOptions options = service_.postgres.options();
  options.pool_size = kWriters;
  db::Database writers_database(options);
  TestReader reader(service_.database, {.interval = absl::Milliseconds(5)});
  Feed rival(writers_database, reader.executor, {.interval = absl::Milliseconds(5)});

  std::atomic<int> committed{0};
  std::atomic<int> rolled_back{0};
  std::atomic<int> running{kWriters};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      std::mt19937 random(w);
      const auto ctx = ContextOf(options::v1::ROLE_STAFF, kNever);
      for (int round = 0; round < kRounds; ++round) {
        // Locked in order, as roots are; the first may have several changes in one transaction.
        const int a = static_cast<int>(random() % kSessions);
        const int b = a + static_cast<int>(random() % (kSessions - a));
        const bool roll_back = random() % 100 < 8;
        const std::vector<std::string> names = {sessions[a], sessions[b]};
        const double delay = static_cast<double>(random() % 8) / 1000;
        const absl::Status status =
            writers_database.Transact(*ctx, [&](db::Tx& tx) -> absl::Status {
              RETURN_IF_ERROR(tx.Exec(kLock, a).status());
              RETURN_IF_ERROR(tx.Exec(kLock, b).status());
              return service_.WriteIn(
                  tx, *ctx, names, Audience::kInternal, [&](db::Tx& last) -> absl::Status {
                    RETURN_IF_ERROR(last.Exec(kDelay, absl::StrCat(delay)).status());
                    return roll_back ? absl::CancelledError("rolled back") : absl::OkStatus();
                  });
            });
        if (status.ok()) {
          committed += 2;
        } else if (absl::IsCancelled(status)) {
          ++rolled_back;
        } else {
          ADD_FAILURE() << status;
        }
      }
      --running;
    });
  }

  std::vector<std::string> ids;
  std::map<std::string, int64_t> sequences;
  v1::Cursor cursor;
  for (;;) {
    const bool last_look = running == 0;
    const auto page = reader.List(*ctx_, Request(cursor, 200, absl::Seconds(last_look ? 1 : 5)));
    if (!page.ok()) {
      ADD_FAILURE() << page.status();
      break;
    }
    for (const v1::Change& change : page->changes()) {
      EXPECT_EQ(change.cursor().position(), static_cast<int64_t>(ids.size()) + 1);
      EXPECT_EQ(change.sequence(), ++sequences[change.subject()]) << change.subject();
      ids.push_back(change.id());
    }
    cursor = page->next();
    if (last_look && page->changes().empty()) {
      break;
    }
  }
  for (std::thread& writer : writers) {
    writer.join();
  }

  EXPECT_GE(committed, 5000);
  EXPECT_GE(rolled_back, kWriters * kRounds / 20);
  EXPECT_EQ(static_cast<int>(ids.size()), committed);
  std::vector<std::string> stored = service_.postgres.Sql("SELECT id FROM change");
  std::sort(ids.begin(), ids.end());
  std::sort(stored.begin(), stored.end());
  EXPECT_EQ(ids, stored);
}

}  // namespace
}  // namespace scharnier::changes
