package html

import (
	"strings"
	"sync"
)

var (
	double   = quote{open: `"`, shut: `"`, escape: true}
	single   = quote{open: `'`, shut: `'`, escape: true}
	backtick = quote{open: "`", shut: "`", escape: true, lines: true}
	slashes  = []string{"//"}
	number   = []string{"#"}
	stars    = [2]string{"/*", "*/"}
)

// classes makes the table of words of a language.
func classes(keywords, builtins string) map[string]byte {
	m := map[string]byte{}
	for _, w := range strings.Fields(builtins) {
		m[w] = 'b'
	}
	for _, w := range strings.Fields(keywords) {
		m[w] = 'k'
	}
	return m
}

// syntaxes are the languages that are scanned, by every name they go by.
var syntaxes = sync.OnceValue(func() map[string]*syntax {
	all := map[string]*syntax{}
	add := func(names string, x *syntax) {
		for _, n := range strings.Fields(names) {
			all[n] = x
		}
	}
	add("python py py3 python3 ipython", &syntax{line: number, at: '@', prefix: "rbfut", types: true,
		quotes: []quote{{open: `"""`, shut: `"""`, escape: true, lines: true}, {open: `'''`, shut: `'''`, escape: true, lines: true}, double, single},
		words: classes(`and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield`,
			`False None True self cls abs all any bool bytes dict dir enumerate filter float getattr hasattr input int isinstance iter len list map max min next object open print property range repr reversed round set setattr sorted staticmethod classmethod str sum super tuple type vars zip __init__ __name__`)})
	script := `async await break case catch class const continue debugger default delete do else export extends finally for from function get if import in instanceof let new of return set static super switch this throw try typeof var void while with yield`
	scriptWords := `true false null undefined NaN Infinity Array Boolean console Date Error JSON Map Math Number Object Promise RegExp Set String Symbol document globalThis module process require window`
	add("javascript js jsx mjs cjs node react", &syntax{line: slashes, block: stars, at: '@', inWord: "$", regexps: true, quotes: []quote{double, single, backtick}, words: classes(script, scriptWords)})
	add("typescript ts tsx mts cts", &syntax{line: slashes, block: stars, at: '@', inWord: "$", regexps: true, types: true, quotes: []quote{double, single, backtick},
		words: classes(script+` abstract as asserts declare enum implements infer interface is keyof namespace override private protected public readonly satisfies type unique`, scriptWords+` any bigint boolean never number object string symbol unknown`)})
	add("go golang", &syntax{line: slashes, block: stars, quotes: []quote{double, single, {open: "`", shut: "`", lines: true}},
		words: classes(`break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var`,
			`any append bool byte cap clear close comparable complex64 complex128 copy delete error false float32 float64 imag int int8 int16 int32 int64 iota len make max min new nil panic print println real recover rune string true uint uint8 uint16 uint32 uint64 uintptr`)})
	cWords := `auto break case const continue default do else enum extern for goto if inline register restrict return sizeof static struct switch typedef union volatile while _Static_assert`
	cTypes := `bool char double float int int8_t int16_t int32_t int64_t long NULL short signed size_t ssize_t uint8_t uint16_t uint32_t uint64_t unsigned void true false nullptr FILE`
	add("c h", &syntax{line: slashes, block: stars, hash: true, quotes: []quote{double, single}, words: classes(cWords, cTypes)})
	add("cpp c++ cc cxx hpp arduino cuda", &syntax{line: slashes, block: stars, hash: true, prefix: "ulr", quotes: []quote{double, single},
		words: classes(cWords+` alignas alignof and catch class co_await co_return co_yield concept consteval constexpr constinit decltype delete explicit export final friend mutable namespace new noexcept not operator or override private protected public requires static_assert static_cast dynamic_cast reinterpret_cast const_cast template this throw try typeid typename using virtual`,
			cTypes+` std string string_view vector map set unique_ptr shared_ptr optional pair tuple cout cin cerr endl`)})
	add("java", &syntax{line: slashes, block: stars, at: '@', types: true, quotes: []quote{{open: `"""`, shut: `"""`, escape: true, lines: true}, double, single},
		words: classes(`abstract assert break case catch class continue default do else enum extends final finally for if implements import instanceof interface native new non-sealed package permits private protected public record return sealed static strictfp super switch synchronized this throw throws transient try var volatile while yield`, `boolean byte char double false float int long null short true void`)})
	add("csharp cs c#", &syntax{line: slashes, block: stars, types: true, hash: true, quotes: []quote{{open: `"""`, shut: `"""`, lines: true}, double, single},
		words: classes(`abstract as async await base break case catch checked class const continue default delegate do else enum event explicit extern finally fixed for foreach get goto if implicit in init interface internal is lock namespace new operator out override params private protected public readonly record ref required return sealed set sizeof stackalloc static struct switch this throw try typeof unchecked unsafe using var virtual volatile when where while with yield`, `bool byte char decimal double dynamic false float int long null object sbyte short string true uint ulong ushort void`)})
	add("rust rs", &syntax{line: slashes, block: stars, types: true, tick: true, hash: false, prefix: "br", quotes: []quote{{open: `"`, shut: `"`, escape: true, lines: true}, single},
		words: classes(`as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait type union unsafe use where while`, `bool char f32 f64 false i8 i16 i32 i64 i128 isize str true u8 u16 u32 u64 u128 usize Box Err None Ok Option Result Some String Vec println format panic vec`)})
	add("kotlin kt kts", &syntax{line: slashes, block: stars, at: '@', types: true, quotes: []quote{{open: `"""`, shut: `"""`, lines: true}, double, single},
		words: classes(`abstract as break by catch class companion const constructor continue crossinline data do else enum expect external final finally for fun get if import in infix init inline inner interface internal is lateinit noinline object open operator out override package private protected public reified return sealed set super suspend this throw try typealias val var vararg when where while`, `false null true`)})
	add("swift", &syntax{line: slashes, block: stars, at: '@', types: true, quotes: []quote{{open: `"""`, shut: `"""`, escape: true, lines: true}, double},
		words: classes(`actor any as associatedtype async await break case catch class continue convenience default defer deinit didSet do else enum extension fallthrough fileprivate final for func get guard if import in indirect init inout internal is lazy let mutating open operator override private protocol public repeat required rethrows return self Self set some static struct subscript super switch throw throws try typealias unowned var weak where while willSet`, `false nil true`)})
	add("dart", &syntax{line: slashes, block: stars, at: '@', types: true, quotes: []quote{{open: `"""`, shut: `"""`, escape: true, lines: true}, {open: `'''`, shut: `'''`, escape: true, lines: true}, double, single},
		words: classes(`abstract as assert async await break case catch class const continue covariant default deferred do dynamic else enum export extends extension external factory final finally for get if implements import in interface is late library mixin new of on operator part required rethrow return sealed set show static super switch sync this throw try typedef var void when while with yield`, `bool double false int null num true`)})
	add("scala", &syntax{line: slashes, block: stars, at: '@', types: true, quotes: []quote{{open: `"""`, shut: `"""`, lines: true}, double},
		words: classes(`abstract case catch class def do else enum export extends extension final finally for given if implicit import inline lazy match new object opaque open override package private protected return sealed super then this throw trait transparent try type using val var while with yield`, `false null true`)})
	add("php", &syntax{line: []string{"//", "#"}, block: stars, sigil: '$', types: true, quotes: []quote{{open: `"`, shut: `"`, escape: true, lines: true}, {open: `'`, shut: `'`, escape: true, lines: true}},
		words: classes(`abstract and array as break callable case catch class clone const continue declare default do echo else elseif empty enum extends final finally fn for foreach function global goto if implements include include_once instanceof insteadof interface isset list match namespace new or print private protected public readonly require require_once return static switch throw trait try unset use var while xor yield php`, `bool false float int mixed null self string true void`)})
	add("ruby rb", &syntax{line: number, at: '@', types: true, quotes: []quote{{open: `"`, shut: `"`, escape: true, lines: true}, {open: `'`, shut: `'`, escape: true, lines: true}},
		words: classes(`alias and begin break case class def defined? do else elsif end ensure for if in module next not or redo rescue retry return super then undef unless until when while yield require require_relative include extend attr_accessor attr_reader attr_writer raise private protected public`, `false nil self true puts print`)})
	add("bash sh shell zsh console shellsession shell-session", &syntax{line: number, sigil: '$', inWord: "-.", quotes: []quote{{open: `"`, shut: `"`, escape: true, lines: true}, {open: `'`, shut: `'`, lines: true}},
		words: classes(`case do done elif else esac fi for function if in select then time until while`, `alias awk cat cd chmod chown cp curl cut declare docker echo env eval exec exit export false find git grep head kill local ls make mkdir mv npm npx pip printf pwd python python3 read readonly return rm sed set shift sleep sort source ssh sudo systemctl tail tar tee test touch tr trap true uniq unset wc wget xargs apt apt-get brew`)})
	add("sql postgres postgresql mysql sqlite plpgsql tsql", &syntax{line: []string{"--"}, block: stars, fold: true, quotes: []quote{{open: `'`, shut: `'`, lines: true}, {open: `"`, shut: `"`}, {open: "`", shut: "`"}},
		words: classes(`add all alter analyze and any as asc begin between by cascade case check column commit conflict constraint create cross database declare default delete desc distinct do drop else end except exists explain false fetch filter first following for foreign from full function grant group having if ilike in index inner insert intersect into is join key lateral left like limit materialized natural not null nulls of offset on only or order outer over partition preceding primary procedure range recursive references replace returning returns revoke right rollback row rows schema select set table temporary then to transaction trigger true truncate unbounded union unique update using values view when where window with`,
			`bigint bigserial blob boolean bytea char date decimal double float int integer interval json jsonb numeric real serial smallint text time timestamp timestamptz tinyint uuid varchar`)})
	add("json jsonc json5 jsonl ndjson", &syntax{line: slashes, block: stars, keys: ':', quotes: []quote{double}, words: classes("", `true false null`)})
	add("yaml yml", &syntax{line: number, keys: ':', inWord: "-./", quotes: []quote{double, {open: `'`, shut: `'`}}, words: classes("", `true false null yes no on off`)})
	add("toml ini properties cfg conf dotenv env", &syntax{line: []string{"#", ";"}, keys: '=', inWord: "-.", quotes: []quote{{open: `"""`, shut: `"""`, lines: true}, double, {open: `'`, shut: `'`}}, words: classes("", `true false`)})
	add("css scss less", &syntax{line: slashes, block: stars, at: '@', keys: ':', inWord: "-", quotes: []quote{double, single}, words: classes("", "")})
	add("lua", &syntax{line: []string{"--"}, quotes: []quote{{open: "[[", shut: "]]", lines: true}, double, single}, words: classes(`and break do else elseif end for function goto if in local not or repeat return then until while`, `false nil self true print pairs ipairs require`)})
	add("r", &syntax{line: number, inWord: ".", quotes: []quote{{open: `"`, shut: `"`, escape: true, lines: true}, {open: `'`, shut: `'`, escape: true, lines: true}}, words: classes(`break else for function if in next repeat return while library require`, `TRUE FALSE NULL NA Inf NaN c list data.frame`)})
	add("html xml svg vue svelte htm xhtml rss plist xaml", &syntax{scan: func(o *out, src string) { scanMarkup(o, src, all["js"], all["css"]) }})
	add("diff patch", &syntax{scan: scanDiff})
	return all
})
