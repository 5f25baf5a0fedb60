#include "services/notifications/service.h"

#include "absl/strings/str_cat.h"
#include "scharnier/types/v1/error_reason.pb.h"
#include "services/notifications/notifications_test.h"

namespace scharnier::notifications {
namespace {

namespace ty = ::scharnier::types::v1;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAnd;
using ::testing::Not;
using ::testing::SizeIs;

class ServiceTest : public NotificationsTest {
 protected:
  absl::StatusOr<v1::ListMessagesResponse> List(const v1::ListMessagesRequest& request,
                                                options::v1::Role role = options::v1::ROLE_STAFF) {
    const runtime::Context ctx(Options(role));
    return service_.ListMessages(ctx, request);
  }
  absl::StatusOr<v1::ListMessagesResponse> List(const std::string& filter) {
    v1::ListMessagesRequest request;
    request.set_filter(filter);
    return List(request);
  }
  MessageService service_{db_, keyring_};
};

TEST_F(ServiceTest, GetsAMessage) {
  const v1::Message message = Queue(1).front();
  const runtime::Context ctx(Options(options::v1::ROLE_STAFF));
  v1::GetMessageRequest request;
  request.set_name(message.name());
  EXPECT_THAT(service_.GetMessage(ctx, request), IsOkAnd(testing::EqualsProto(message)));
  request.set_name("messages/01900000-0000-7000-8000-000000000001");
  EXPECT_THAT(service_.GetMessage(ctx, request), HasReason(ty::ERROR_REASON_RESOURCE_NOT_FOUND));
}

TEST_F(ServiceTest, NobodyReadsOfWhatIsDiscreet) {
  const std::vector<v1::Message> messages = Queue(2);
  database_.Sql("UPDATE message SET discreet = true WHERE recipient = 'people/1'");
  for (const auto role : {options::v1::ROLE_STAFF, options::v1::ROLE_OPERATOR}) {
    const auto listed = List(v1::ListMessagesRequest(), role);
    ASSERT_THAT(listed, IsOk());
    ASSERT_THAT(listed->messages(), SizeIs(1));
    EXPECT_EQ(listed->messages(0).recipient(), "people/0");
    const runtime::Context ctx(Options(role));
    v1::GetMessageRequest request;
    request.set_name(messages[1].name());
    EXPECT_THAT(service_.GetMessage(ctx, request), HasReason(ty::ERROR_REASON_RESOURCE_NOT_FOUND));
  }
}

TEST_F(ServiceTest, ListsNewestFirstInPages) {
  const std::vector<v1::Message> messages = Queue(5);
  v1::ListMessagesRequest request;
  request.set_page_size(2);
  std::vector<std::string> recipients;
  int pages = 0;
  do {
    const auto page = List(request);
    ASSERT_THAT(page, IsOk());
    ++pages;
    for (const v1::Message& message : page->messages()) {
      recipients.push_back(message.recipient());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(recipients, ElementsAre("people/4", "people/3", "people/2", "people/1", "people/0"));
}

TEST_F(ServiceTest, AFullLastPageIsTheLast) {
  Queue(2);
  v1::ListMessagesRequest request;
  request.set_page_size(2);
  const auto page = List(request);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->messages(), SizeIs(2));
  EXPECT_THAT(page->next_page_token(), IsEmpty());
}

TEST_F(ServiceTest, AForeignPageTokenIsRefused) {
  Queue(3);
  v1::ListMessagesRequest request;
  request.set_page_size(2);
  const auto page = List(request);
  ASSERT_THAT(page, IsOk());
  ASSERT_THAT(page->next_page_token(), Not(IsEmpty()));
  request.set_page_token(page->next_page_token());
  EXPECT_THAT(List(request, options::v1::ROLE_OPERATOR),
              HasReason(ty::ERROR_REASON_PAGE_TOKEN_INVALID));
  request.set_filter("state = STATE_QUEUED");
  EXPECT_THAT(List(request), HasReason(ty::ERROR_REASON_PAGE_TOKEN_INVALID));
}

TEST_F(ServiceTest, Filters) {
  const std::string other =
      "sessions/01900000-0000-7000-8000-00000000000a/registrations/"
      "01900000-0000-7000-8000-000000000001";
  Queue(2);
  Queue(1, other);
  database_.Sql("UPDATE message SET state = 7, due_time = NULL WHERE recipient = 'people/1'");
  const auto count = [&](const std::string& filter) {
    const auto list = List(filter);
    EXPECT_THAT(list, IsOk()) << filter;
    return list.ok() ? list->messages_size() : -1;
  };
  EXPECT_EQ(count(""), 3);
  EXPECT_EQ(count("state = STATE_QUEUED"), 2);
  EXPECT_EQ(count("state = STATE_TECHNICAL_FAILURE"), 1);
  EXPECT_EQ(count("purpose = PURPOSE_REGISTRATION_CONFIRMED"), 3);
  EXPECT_EQ(count("purpose = PURPOSE_REGISTRATION_PROMOTED"), 0);
  EXPECT_EQ(count(absl::StrCat("object = \"", other, "\"")), 1);
  EXPECT_EQ(count(absl::StrCat("state = STATE_QUEUED AND object = \"", kRegistration, "\"")), 1);
  const std::string id = "/01900000-0000-7000-8000-00000000000a";
  for (const std::string& object :
       {absl::StrCat("calls", id), absl::StrCat("calls", id, "/amendments/1"),
        absl::StrCat("ideas", id), absl::StrCat("proposals", id, "/invitations", id),
        absl::StrCat("proposals", id, "/receipts/12"),
        absl::StrCat("organisations", id, "/mandates", id)}) {
    EXPECT_EQ(count(absl::StrCat("object = \"", object, "\"")), 0);
  }
  EXPECT_THAT(List("object = \"calls/1\""), HasReason(ty::ERROR_REASON_FILTER_INVALID));
  EXPECT_THAT(List("recipient = 1"), HasReason(ty::ERROR_REASON_FILTER_INVALID));
}

TEST_F(ServiceTest, TheTableHasEveryMethod) {
  const rpc::ServiceTable table = service_.Table();
  EXPECT_EQ(static_cast<int>(table.methods().size()), table.descriptor()->method_count());
}

}  // namespace
}  // namespace scharnier::notifications
