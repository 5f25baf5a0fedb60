#include "common/rpc/paging.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/errors/errors.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/struct.pb.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDefaultSize = 50;
constexpr int kMaxSize = 200;
// A resource is smaller than a request, which has 1 MiB at most: 2 MiB where callers take 4.
constexpr size_t kFullPageBytes = 1 << 20;
constexpr absl::Duration kLife = absl::Hours(24);
// Of every token: until when it is good, the feed's generation and position; then the sort key.
constexpr int kParts = 3;

const FieldDescriptor* Field(const Message& request, const char* name) {
  return request.GetDescriptor()->FindFieldByName(name);
}

int PageSize(const Message& request) {
  const int asked = request.GetReflection()->GetInt32(request, Field(request, "page_size"));
  return asked > 0 ? std::min(asked, kMaxSize) : kDefaultSize;
}

// The one repeated field of a List response.
const FieldDescriptor* ListField(const Message& response) {
  const google::protobuf::Descriptor* type = response.GetDescriptor();
  int i = 0;
  while (!type->field(i)->is_repeated()) {
    ++i;
  }
  return type->field(i);
}

// What a token is bound to: the caller, the method and the query.
std::string Binding(const runtime::Context& ctx, const Message& request) {
  std::unique_ptr<Message> query(request.New());
  query->CopyFrom(request);
  query->GetReflection()->ClearField(query.get(), Field(request, "page_size"));
  query->GetReflection()->ClearField(query.get(), Field(request, "page_token"));
  std::string binding = absl::StrCat(ctx.caller().Id(), "\n", ctx.method(), "\n");
  google::protobuf::io::StringOutputStream stream(&binding);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  query->SerializeToCodedStream(&coded);
  coded.Trim();
  return binding;
}

absl::Status TokenInvalid() {
  return errors::Error(types::v1::ERROR_REASON_PAGE_TOKEN_INVALID,
                       "the page token is not of this list, or has expired")
      .Field("page_token", "the next_page_token of the last answer, with the same request");
}

}  // namespace

absl::StatusOr<Page> StartPage(const runtime::Keyring& keyring, const runtime::Context& ctx,
                               const Message& request, absl::Time now) {
  Page page{.size = PageSize(request)};
  const std::string token =
      request.GetReflection()->GetString(request, Field(request, "page_token"));
  if (token.empty()) {
    return page;
  }

  std::string sealed;
  if (!absl::WebSafeBase64Unescape(token, &sealed)) {
    return TokenInvalid();
  }
  const auto opened = keyring.Open(runtime::Keyring::kPageToken, sealed, Binding(ctx, request));
  google::protobuf::ListValue content;
  if (!opened.ok() || !content.ParseFromString(*opened) || content.values_size() < kParts ||
      now >= absl::FromUnixSeconds(static_cast<int64_t>(content.values(0).number_value()))) {
    return TokenInvalid();
  }
  page.feed.set_generation(content.values(1).string_value());
  int64_t position = 0;
  if (!absl::SimpleAtoi(content.values(2).string_value(), &position)) {
    return TokenInvalid();
  }
  page.feed.set_position(position);
  for (int i = kParts; i < content.values_size(); ++i) {
    page.after.push_back(content.values(i).string_value());
  }
  return page;
}

PageFiller::PageFiller(const runtime::Keyring& keyring, const runtime::Context& ctx,
                       const Message& request, const Page& page, Message& response, absl::Time now)
    : keyring_(keyring),
      ctx_(ctx),
      request_(request),
      page_(page),
      response_(response),
      now_(now),
      list_(ListField(response)) {
  if (const FieldDescriptor* feed = Field(response, "feed");
      feed != nullptr && !page.feed.generation().empty()) {
    response.GetReflection()->MutableMessage(&response, feed)->CopyFrom(page.feed);
  }
}

bool PageFiller::Take(Message& resource, std::vector<std::string> key) {
  const google::protobuf::Reflection& reflection = *response_.GetReflection();
  if (reflection.FieldSize(response_, list_) == page_.size || bytes_ > kFullPageBytes) {
    reflection.SetString(&response_, Field(response_, "next_page_token"), Token());
    return false;
  }
  bytes_ += resource.ByteSizeLong();
  Message* added = reflection.AddMessage(&response_, list_);
  added->GetReflection()->Swap(added, &resource);
  last_ = std::move(key);
  return true;
}

std::string PageFiller::Token() const {
  google::protobuf::ListValue content;
  content.add_values()->set_number_value(static_cast<double>(absl::ToUnixSeconds(now_ + kLife)));
  content.add_values()->set_string_value(page_.feed.generation());
  content.add_values()->set_string_value(absl::StrCat(page_.feed.position()));
  for (const std::string& part : last_) {
    content.add_values()->set_string_value(part);
  }
  return absl::WebSafeBase64Escape(keyring_.Seal(
      runtime::Keyring::kPageToken, content.SerializeAsString(), Binding(ctx_, request_)));
}

}  // namespace scharnier::rpc
