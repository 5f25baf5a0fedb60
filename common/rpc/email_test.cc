#include "common/rpc/email.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace scharnier::rpc {
namespace {

std::string LongDomain(size_t size) {
  std::string domain = "example.org";
  while (domain.size() + 2 <= size) {
    const size_t label = std::min<size_t>(63, size - domain.size() - 1);
    domain = absl::StrCat(std::string(label, 'a'), ".", domain);
  }
  return domain;
}

TEST(IsEmailTest, AcceptsWhatPeopleHave) {
  for (const std::string& address : {
           std::string("an.peeters@example.org"),
           std::string("a@b.be"),
           std::string("An.Peeters@Example.ORG"),
           std::string("an+focusgroep@example.org"),
           std::string("an_peeters-2@sub.example-1.org"),
           std::string("o'neill@example.org"),
           std::string("{x}~`|^?=/*&$#@example.org"),
           std::string("1234@1.2.example"),
           std::string("an@xn--bcher-kva.example"),
           std::string("an@example.xn--p1ai"),
           absl::StrCat(std::string(64, 'a'), "@example.org"),
           absl::StrCat("an@", std::string(63, 'a'), ".example.org"),
           absl::StrCat(std::string(64, 'a'), "@", LongDomain(189)),
       }) {
    EXPECT_TRUE(IsEmail(address)) << address;
  }
}

TEST(IsEmailTest, RefusesTheRest) {
  for (const std::string& address : {
           std::string(""),
           std::string("an"),
           std::string("@"),
           std::string("@example.org"),
           std::string("an@"),
           std::string("an@example"),
           std::string("an@localhost"),
           std::string("an@@example.org"),
           std::string("an@peeters@example.org"),
           std::string("an@example.org."),
           std::string("an@.example.org"),
           std::string("an@example..org"),
           std::string("an@-example.org"),
           std::string("an@example-.org"),
           std::string("an@exa_mple.org"),
           std::string("an@192.0.2.1"),
           std::string("an@[192.0.2.1]"),
           std::string("an@[IPv6:2001:db8::1]"),
           std::string("an@example.123"),
           std::string(".an@example.org"),
           std::string("an.@example.org"),
           std::string("an..peeters@example.org"),
           std::string("\"an peeters\"@example.org"),
           std::string("\"an\"@example.org"),
           std::string("an peeters@example.org"),
           std::string(" an@example.org"),
           std::string("an@example.org "),
           std::string("an(commentaar)@example.org"),
           std::string("An Peeters <an@example.org>"),
           std::string("<an@example.org>"),
           std::string("an@example.org,bo@example.org"),
           std::string("an@example.org;bo@example.org"),
           std::string("an@example.org bo@example.org"),
           std::string("@relay.example.org:an@example.org"),
           std::string("an%example.net@example.org"),
           std::string("example.net!an@example.org"),
           std::string("mailto:an@example.org"),
           std::string("an\\@example.org"),
           std::string("an@example.org\r\nBcc: bo@example.org"),
           std::string("an\n@example.org"),
           std::string("an\0@example.org", 15),
           std::string("an@example.org\0", 15),
           std::string("an@ex\u00e4mple.org"),
           std::string("\u00e4n@example.org"),
           std::string("an@ex\u0430mple.org"),  // a Cyrillic letter that looks like an a
           std::string("an\u200b@example.org"),
           absl::StrCat(std::string(65, 'a'), "@example.org"),
           absl::StrCat("an@", std::string(64, 'a'), ".example.org"),
           absl::StrCat(std::string(64, 'a'), "@", LongDomain(190)),
           absl::StrCat("an@", LongDomain(1000)),
       }) {
    EXPECT_FALSE(IsEmail(address)) << address;
  }
}

TEST(IsEmailTest, TheLongestHas254Characters) {
  EXPECT_EQ(absl::StrCat(std::string(64, 'a'), "@", LongDomain(189)).size(), 254);
}

}  // namespace
}  // namespace scharnier::rpc
