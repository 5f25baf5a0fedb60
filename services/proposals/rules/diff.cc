#include "services/proposals/rules/diff.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/types/text.h"
#include "common/types/when.h"
#include "google/protobuf/util/message_differencer.h"

namespace scharnier::proposals::rules {
namespace {

using google::protobuf::util::MessageDifferencer;
using Enums = google::protobuf::RepeatedField<int>;
using Milestones = google::protobuf::RepeatedPtrField<v1::Milestone>;
using organisations::v1::Organisation;

// Longer texts are not quoted: nobody would find the difference.
constexpr int kLongestQuote = 200;

std::string Quoted(const std::string& text) { return absl::StrCat("\"", text, "\""); }

// "a, b en c".
std::string Listed(const std::vector<std::string>& words) {
  if (words.size() < 2) {
    return absl::StrJoin(words, "");
  }
  return absl::StrCat(absl::StrJoin(words.begin(), words.end() - 1, ", "), " en ", words.back());
}

const char* RegionInDutch(int region) {
  switch (region) {
    case types::v1::REGION_ANT:
      return "Antwerpen";
    case types::v1::REGION_LIM:
      return "Limburg";
    case types::v1::REGION_OVL:
      return "Oost-Vlaanderen";
    case types::v1::REGION_VBR:
      return "Vlaams-Brabant";
    case types::v1::REGION_WVL:
      return "West-Vlaanderen";
    default:
      return "Brussel";
  }
}

const char* KindInDutch(int kind) {
  switch (kind) {
    case Organisation::KIND_FACILITY:
      return "voorzieningen";
    case Organisation::KIND_REFERRER:
      return "verwijzers";
    case Organisation::KIND_AGENCY:
      return "agentschappen";
    case Organisation::KIND_SUPPORT_PARTNER:
      return "ondersteunende partners";
    default:
      return "andere organisaties";
  }
}

std::string SetInDutch(const Enums& values, const char* (*word)(int), const char* all) {
  std::vector<std::string> words;
  for (const int value : std::set<int>(values.begin(), values.end())) {
    words.emplace_back(word(value));
  }
  return words.empty() ? all : Listed(words);
}

const char* GatedInDutch(v1::Milestone::Gate gate) {
  switch (gate) {
    case v1::Milestone::GATE_INTEREST:
      return "ideeën";
    case v1::Milestone::GATE_PROPOSAL:
      return "voorstellen";
    default:
      return "rapporten";
  }
}

// Who a track is for where it does not say so itself.
constexpr char kAll[] = "alle";
constexpr char kThoseOfTheCall[] = "die van de oproep";

const char* BindingInDutch(const types::v1::Deadline& deadline) {
  return deadline.strictness() == types::v1::STRICTNESS_HARD ? "bindend" : "richtinggevend";
}

std::string IdOf(const v1::Milestone& milestone) { return milestone.id(); }
std::string IdOf(const v1::Track& track) { return track.name(); }
std::string IdOf(const v1::Document& document) { return document.title().nl(); }

template <class List, class Element>
auto FindSame(List& list, const Element& element) {
  return std::find_if(list.begin(), list.end(),
                      [&](const Element& other) { return IdOf(other) == IdOf(element); });
}

// Takes out of `told` what is gone, and puts in what was added; what was kept stays in its order.
template <class List>
void Align(List& told, const List& after) {
  List kept, aligned;
  for (const auto& element : told) {
    if (FindSame(after, element) != after.end()) {
      *kept.Add() = element;
    }
  }
  int next = 0;
  for (const auto& element : after) {
    const bool was_there = FindSame(told, element) != told.end() && next < kept.size();
    *aligned.Add() = was_there ? kept[next++] : element;
  }
  told = aligned;
}

// Says line by line what differs, and changes a copy of the call before accordingly: where that is
// not the call after in the end, something differs that has no line of its own.
class Diff {
 public:
  void Calls(v1::Call told, const v1::Call& after) {
    Texts("Titel", *told.mutable_title(), after.title());
    Texts("Doel", *told.mutable_goal(), after.goal());
    if (Say("Lancering", types::InDutch(told.launch()), types::InDutch(after.launch()))) {
      *told.mutable_launch() = after.launch();
    }
    Sets("", told, after, kAll);
    Say("Contactadres", told.contact_email(), after.contact_email());
    told.set_contact_email(after.contact_email());
    Documents(told, after);
    MilestoneLists("Termijn", *told.mutable_milestones(), after.milestones());
    for (const v1::Track& track : after.tracks()) {
      const auto was = FindSame(*told.mutable_tracks(), track);
      if (was == told.mutable_tracks()->end()) {
        AddedTrack(track);
      } else {
        Tracks(*was, track);
      }
    }
    Align(*told.mutable_tracks(), after.tracks());
    // Equivalent: no text is as good as an empty one.
    if (lines_.empty() || !MessageDifferencer::Equivalent(told, after)) {
      lines_.emplace_back("Bewoordingen, vertalingen of volgorde: gewijzigd");
    }
  }

  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  bool Say(const std::string& what, const std::string& was, const std::string& becomes) {
    if (was != becomes) {
      lines_.push_back(absl::StrCat(what, ": was ", was, ", wordt ", becomes));
    }
    return was != becomes;
  }

  void Texts(const std::string& what, types::v1::Text& told, const types::v1::Text& becomes) {
    const auto quote = [](const std::string& text) { return text.empty() ? "leeg" : Quoted(text); };
    if (types::CodePoints(told.nl()) <= kLongestQuote &&
        types::CodePoints(becomes.nl()) <= kLongestQuote) {
      Say(what, quote(told.nl()), quote(becomes.nl()));
    } else if (told.nl() != becomes.nl()) {
      lines_.push_back(absl::StrCat(what, ": de tekst is gewijzigd"));
    }
    told.set_nl(becomes.nl());
  }

  void Titles(const std::string& what, types::v1::Text& told, const types::v1::Text& becomes) {
    if (told.nl() != becomes.nl()) {
      lines_.push_back(absl::StrCat(what, ": heet voortaan ", Quoted(becomes.nl())));
    }
    told.set_nl(becomes.nl());
  }

  void Whens(const std::string& what, types::v1::When& told, const types::v1::When& becomes) {
    const bool moves = Say(what, types::InDutch(told), types::InDutch(becomes));
    const bool binds =
        becomes.has_deadline() && told.deadline().strictness() != becomes.deadline().strictness();
    if (binds) {
      lines_.push_back(absl::StrCat(what, ": is voortaan ", BindingInDutch(becomes.deadline())));
    }
    if (moves || binds) {
      told = becomes;
    }
  }

  // Of a call, or of a track, which `of` names.
  template <class Holder>
  void Sets(const std::string& of, Holder& told, const Holder& after, const char* all) {
    if (Say(absl::StrCat(of, of.empty() ? "Regio's" : ", regio's"),
            SetInDutch(told.regions(), RegionInDutch, all),
            SetInDutch(after.regions(), RegionInDutch, all))) {
      *told.mutable_regions() = after.regions();
    }
    if (Say(absl::StrCat(of, of.empty() ? "Organisaties" : ", organisaties"),
            SetInDutch(told.kinds(), KindInDutch, all),
            SetInDutch(after.kinds(), KindInDutch, all))) {
      *told.mutable_kinds() = after.kinds();
    }
  }

  void Documents(v1::Call& told, const v1::Call& after) {
    std::multiset<std::string> gone, added;
    for (const v1::Document& document : told.documents()) {
      gone.insert(IdOf(document));
    }
    for (const v1::Document& document : after.documents()) {
      if (const auto kept = gone.find(IdOf(document)); kept != gone.end()) {
        gone.erase(kept);
      } else {
        added.insert(IdOf(document));
      }
    }
    for (const std::string& title : gone) {
      lines_.push_back(absl::StrCat("Document ", Quoted(title), ": geschrapt"));
    }
    for (const std::string& title : added) {
      lines_.push_back(absl::StrCat("Document ", Quoted(title), ": toegevoegd"));
    }
    Align(*told.mutable_documents(), after.documents());
  }

  void AddedTrack(const v1::Track& track) {
    lines_.push_back(absl::StrCat("Spoor ", Quoted(track.title().nl()), ": toegevoegd"));
    v1::Track nothing;
    *nothing.mutable_title() = track.title();
    Tracks(nothing, track);
  }

  void Tracks(v1::Track& told, const v1::Track& after) {
    const std::string track = absl::StrCat("Spoor ", Quoted(told.title().nl()));
    Titles(track, *told.mutable_title(), after.title());
    Texts(absl::StrCat(track, ", doel"), *told.mutable_aim(), after.aim());
    Sets(track, told, after, kThoseOfTheCall);
    MilestoneLists(absl::StrCat(track, ", termijn"), *told.mutable_milestones(),
                   after.milestones());
  }

  void MilestoneLists(const std::string& kind, Milestones& told, const Milestones& after) {
    for (v1::Milestone& milestone : told) {
      const std::string what = absl::StrCat(kind, " ", Quoted(milestone.title().nl()));
      if (const auto kept = FindSame(after, milestone); kept != after.end()) {
        Milestone(what, milestone, *kept);
      } else {
        lines_.push_back(absl::StrCat(what, ": geschrapt"));
      }
    }
    for (const v1::Milestone& milestone : after) {
      if (FindSame(told, milestone) == told.end()) {
        AddedMilestone(absl::StrCat(kind, " ", Quoted(milestone.title().nl())), milestone);
      }
    }
    Align(told, after);
  }

  void AddedMilestone(const std::string& what, const v1::Milestone& milestone) {
    std::string line = absl::StrCat(what, ": toegevoegd, ", types::InDutch(milestone.when()));
    if (milestone.when().has_deadline()) {
      absl::StrAppend(&line, ", ", BindingInDutch(milestone.when().deadline()));
    }
    if (milestone.gate() != v1::Milestone::GATE_NOTHING) {
      absl::StrAppend(&line, ", voor het indienen van ", GatedInDutch(milestone.gate()));
    }
    lines_.push_back(std::move(line));
  }

  void Milestone(const std::string& what, v1::Milestone& told, const v1::Milestone& after) {
    Titles(what, *told.mutable_title(), after.title());
    Whens(what, *told.mutable_when(), after.when());
    if (told.gate() != after.gate()) {
      lines_.push_back(absl::StrCat(what, ": is voortaan de termijn voor het indienen van ",
                                    GatedInDutch(after.gate())));
    }
    told.set_gate(after.gate());
  }

  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> DiffInDutch(const v1::Call& before, const v1::Call& after) {
  Diff diff;
  diff.Calls(before, after);
  return diff.Take();
}

}  // namespace scharnier::proposals::rules
