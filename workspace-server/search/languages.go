package search

import (
	"slices"
	"strings"
)

// stemmers are PostgreSQL's dictionaries by the languages, as ISO 639 has them, whose words they know the stems of.
var stemmers = map[string]string{
	"ar": "arabic_stem", "ca": "catalan_stem", "da": "danish_stem", "de": "german_stem", "el": "greek_stem", "en": "english_stem", "es": "spanish_stem",
	"eu": "basque_stem", "fi": "finnish_stem", "fr": "french_stem", "ga": "irish_stem", "hi": "hindi_stem", "hu": "hungarian_stem", "hy": "armenian_stem",
	"id": "indonesian_stem", "it": "italian_stem", "lt": "lithuanian_stem", "nb": "norwegian_stem", "ne": "nepali_stem", "nl": "dutch_stem",
	"nn": "norwegian_stem", "no": "norwegian_stem", "pt": "portuguese_stem", "ro": "romanian_stem", "ru": "russian_stem", "sr": "serbian_stem",
	"sv": "swedish_stem", "ta": "tamil_stem", "tr": "turkish_stem", "yi": "yiddish_stem",
}

// besideLatin are languages whose own words have no Latin letters: those that do are taken for English, as PostgreSQL does for Russian.
var besideLatin = []string{"ar", "be", "bg", "el", "fa", "he", "hi", "hy", "ja", "ka", "kk", "ko", "mk", "mn", "ne", "ru", "ta", "th", "uk", "yi", "zh"}

const (
	english = "english_stem"
	accents = "simple" // of languages without a stemmer, whose words are found without their accents all the same
)

// dictionaries are those of some locales, each once.
func dictionaries(locales ...string) (out []string) {
	for _, locale := range locales {
		language, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(locale, "_", "-")), "-")
		if stemmer := stemmers[language]; stemmer != "" {
			out = append(out, stemmer)
		}
		if slices.Contains(besideLatin, language) {
			out = append(out, english)
		}
	}
	if len(out) == 0 {
		return []string{accents}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
