// Text made safe for HTML, bytes made part of a page, numbers as people read them.
#pragma once

#include <string>
#include <string_view>

namespace bgraph::report {

/// &, <, >, " and ' as entities: right in text and inside quoted attributes. Every text of a run goes through here.
std::string escaped(std::string_view text);

/// "data:image/png;base64,...": the type follows the file name (png, svg, jpg).
std::string data_uri(std::string_view file_name, std::string_view bytes);

/// A number of a table: whole ones as such, others with three places that count ("0.321", "1.2e-05").
/// Empty for NaN: not available is an empty cell.
std::string number_text(double value);

/// A step of an axis: 0, 500, 1k, 20k.
std::string tick_text(double value);

/// "two_way_deep" -> "two way deep": names of columns and nodes for headings.
std::string spaced(std::string_view name);

/// A name as an id inside the page: letters, digits and '-'.
std::string anchor(std::string_view name);

}  // namespace bgraph::report
