#include "common/rpc/paging.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "common/testing/matchers.h"
#include "gmock/gmock.h"
#include "scharnier/events/v1/registration_service.pb.h"
#include "scharnier/events/v1/session_service.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using events::v1::ListRegistrationsRequest;
using events::v1::ListSessionsRequest;
using events::v1::ListSessionsResponse;
using ::scharnier::testing::HasField;
using ::scharnier::testing::HasReason;
using ::scharnier::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PagingTest : public ::testing::Test {
 protected:
  static runtime::Context::Options Call(const std::string& subject,
                                        const std::string& method = "ListSessions") {
    runtime::Context::Options call;
    call.caller.role = options::v1::ROLE_STAFF;
    call.caller.subject = subject;
    call.method = method;
    return call;
  }

  ListSessionsRequest Request(const std::string& token) const {
    ListSessionsRequest request;
    request.set_page_size(10);
    request.set_filter("state = STATE_PUBLISHED");
    request.set_page_token(token);
    return request;
  }

  // The token of a page of one that has ended after `key`.
  std::string TokenAfter(std::vector<std::string> key, const google::protobuf::Message& request,
                         absl::Time now = absl::Now()) const {
    Page page{.size = 1};
    page.feed.set_generation("0190a000-0000-7000-8000-000000000000");
    page.feed.set_position(1'234'567'890'123);
    ListSessionsResponse response;
    PageFiller filler(keyring_, ctx_, request, page, response, now);
    events::v1::Session session;
    EXPECT_TRUE(filler.Take(session, std::move(key)));
    EXPECT_FALSE(filler.Take(session, {}));
    return response.next_page_token();
  }
  std::string Token() const {
    return TokenAfter({"2020-10-15T07:00:00Z", "id"}, Request(""), now_);
  }

  const runtime::Keyring keyring_ = runtime::Keyring::Random();
  const runtime::Context ctx_{Call("devos")};
  const absl::Time now_ = absl::Now();
};

auto IsRefused() {
  return AllOf(HasReason(types::v1::ERROR_REASON_PAGE_TOKEN_INVALID), HasField("page_token"));
}

TEST_F(PagingTest, SizesAreBounded) {
  const struct {
    int asked;
    int size;
  } cases[] = {{0, 50}, {1, 1}, {50, 50}, {200, 200}, {201, 200}, {INT32_MAX, 200}};
  for (const auto& c : cases) {
    ListSessionsRequest request;
    request.set_page_size(c.asked);
    const auto page = StartPage(keyring_, ctx_, request);
    ASSERT_THAT(page, IsOk());
    EXPECT_EQ(page->size, c.size) << c.asked;
    EXPECT_THAT(page->after, IsEmpty());
  }
}

TEST_F(PagingTest, ATokenBringsBackItsKey) {
  const auto page = StartPage(keyring_, ctx_, Request(Token()), now_);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->size, 10);
  EXPECT_THAT(page->after, ElementsAre("2020-10-15T07:00:00Z", "id"));

  EXPECT_EQ(page->feed.generation(), "0190a000-0000-7000-8000-000000000000");
  EXPECT_EQ(page->feed.position(), 1'234'567'890'123);

  const std::string empty = TokenAfter({"", "é\n\""}, Request(""));
  const auto unusual = StartPage(keyring_, ctx_, Request(empty));
  ASSERT_THAT(unusual, IsOk());
  EXPECT_THAT(unusual->after, ElementsAre("", "é\n\""));
}

TEST_F(PagingTest, ThePageSizeMayChangeBetweenPages) {
  ListSessionsRequest request = Request(Token());
  request.set_page_size(3);
  const auto page = StartPage(keyring_, ctx_, request, now_);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->size, 3);
}

TEST_F(PagingTest, ATokenIsOpaqueAndNeverTheSame) {
  EXPECT_NE(Token(), Token());
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(Token(), &bytes));
  EXPECT_THAT(bytes, ::testing::Not(::testing::HasSubstr("2020")));
  EXPECT_THAT(Token(), ::testing::MatchesRegex("[A-Za-z0-9_-]+"));
}

TEST_F(PagingTest, RefusesWhatIsNoToken) {
  for (const std::string& token : {std::string("x"), std::string("AAAA"), std::string("==="),
                                   std::string("???"), std::string(2048, 'A')}) {
    EXPECT_THAT(StartPage(keyring_, ctx_, Request(token)), IsRefused()) << token;
  }
}

TEST_F(PagingTest, RefusesEveryChangedBit) {
  std::string sealed;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(Token(), &sealed));
  for (size_t i = 0; i < sealed.size() * 8; ++i) {
    std::string bent = sealed;
    bent[i / 8] = static_cast<char>(bent[i / 8] ^ (1 << (i % 8)));
    EXPECT_THAT(StartPage(keyring_, ctx_, Request(absl::WebSafeBase64Escape(bent)), now_),
                IsRefused())
        << i;
  }
}

TEST_F(PagingTest, ATokenBelongsToOneCallerMethodAndQuery) {
  const std::string token = Token();
  const runtime::Context other_caller{Call("peeters")};
  EXPECT_THAT(StartPage(keyring_, other_caller, Request(token), now_), IsRefused());
  const runtime::Context other_method{Call("devos", "ListSeries")};
  EXPECT_THAT(StartPage(keyring_, other_method, Request(token), now_), IsRefused());
  ListSessionsRequest other_filter = Request(token);
  other_filter.set_filter("state = STATE_DRAFT");
  EXPECT_THAT(StartPage(keyring_, ctx_, other_filter, now_), IsRefused());
  EXPECT_THAT(StartPage(runtime::Keyring::Random(), ctx_, Request(token), now_), IsRefused());
}

TEST_F(PagingTest, TheParentIsPartOfTheQuery) {
  ListRegistrationsRequest request;
  request.set_parent("sessions/a");
  const std::string token = TokenAfter({"1"}, request);
  request.set_page_token(token);
  EXPECT_THAT(StartPage(keyring_, ctx_, request), IsOk());
  request.set_parent("sessions/b");
  EXPECT_THAT(StartPage(keyring_, ctx_, request), IsRefused());
}

TEST_F(PagingTest, ATokenExpiresAfterADay) {
  const std::string token = Token();
  const auto at = [&](absl::Duration age) {
    return StartPage(keyring_, ctx_, Request(token), now_ + age);
  };
  EXPECT_THAT(at(absl::Hours(24) - absl::Seconds(2)), IsOk());
  EXPECT_THAT(at(absl::Hours(24)), IsRefused());
}

TEST_F(PagingTest, APageEndsWithItsSizeOrWithAMebibyte) {
  const auto taken = [&](int page_size, size_t title) {
    const Page page{.size = page_size};
    const ListSessionsRequest request = Request("");
    ListSessionsResponse response;
    PageFiller filler(keyring_, ctx_, request, page, response);
    int count = 0;
    for (; count < 10; ++count) {
      events::v1::Session session;
      session.mutable_title()->set_nl(std::string(title, 'x'));
      if (!filler.Take(session, {"key"})) {
        break;
      }
      EXPECT_EQ(response.sessions(count).title().nl().size(), title);
    }
    EXPECT_EQ(response.sessions_size(), count);
    EXPECT_EQ(response.next_page_token().empty(), count == 10);
    EXPECT_FALSE(response.has_feed());
    return count;
  };
  EXPECT_EQ(taken(2, 10), 2);
  EXPECT_EQ(taken(10, 10), 10);
  EXPECT_EQ(taken(100, 700'000), 2);
  EXPECT_EQ(taken(100, 2'000'000), 1);
}

}  // namespace
}  // namespace scharnier::rpc
