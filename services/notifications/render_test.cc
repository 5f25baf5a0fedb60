#include "services/notifications/render.h"

#include "common/testing/matchers.h"
#include "scharnier/types/v1/error_reason.pb.h"

namespace scharnier::notifications {
namespace {

namespace ms = ::kainjow::mustache;
namespace ty = ::scharnier::types::v1;
using testing::HasReason;
using ::testing::HasSubstr;
using testing::IsOkAnd;

TEST(RenderTest, EscapesForHtmlAlone) {
  ms::data data;
  data.set("name", "<b>An & \"Bob\"</b>'");
  EXPECT_THAT(Render("Dag {{name}}", data, Escape::kNone), IsOkAnd("Dag <b>An & \"Bob\"</b>'"));
  EXPECT_THAT(Render("Dag {{name}}", data, Escape::kHtml),
              IsOkAnd("Dag &lt;b&gt;An &amp; &quot;Bob&quot;&lt;/b&gt;&apos;"));
}

TEST(RenderTest, ValuesAreNoTemplates) {
  ms::data data;
  data.set("name", "{{secret}}");
  data.set("secret", "42");
  EXPECT_THAT(Render("{{name}}", data, Escape::kNone), IsOkAnd("{{secret}}"));
}

TEST(RenderTest, NamesWhatIsMissing) {
  ms::data data;
  data.set("there", "x");
  for (const char* source :
       {"{{there}} {{gone}}", "{{#gone}}x{{/gone}}", "{{^gone}}x{{/gone}}", "{{gone.there}}"}) {
    const auto result = Render(source, data, Escape::kNone);
    EXPECT_THAT(result, HasReason(ty::ERROR_REASON_INTERNAL_FAULT)) << source;
    EXPECT_THAT(result.status().message(), HasSubstr("gone")) << source;
  }
}

TEST(RenderTest, AnAbsentSectionIsSaidToBe) {
  ms::data data;
  data.set("position", ms::data::type::bool_false);
  EXPECT_THAT(Render("x{{#position}}, op plaats {{position}}{{/position}}", data, Escape::kNone),
              IsOkAnd("x"));
}

TEST(RenderTest, ABrokenTemplateIsRefused) {
  EXPECT_THAT(Render("{{#open}}", ms::data(), Escape::kNone),
              HasReason(ty::ERROR_REASON_INTERNAL_FAULT));
}

}  // namespace
}  // namespace scharnier::notifications
