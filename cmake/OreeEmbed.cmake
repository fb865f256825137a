# oree_embed(FOLDER OUT): writes into the build folder a source file that holds every file below FOLDER, and sets OUT to it.
# The bytes go in through the assembler's .incbin, so that no tool beyond the compiler is needed.
function(oree_embed FOLDER OUT)
  set(types html "text/html\; charset=utf-8" js "text/javascript\; charset=utf-8" css "text/css\; charset=utf-8"
      svg "image/svg+xml" json "application/json" webmanifest "application/manifest+json" png "image/png" ico "image/x-icon")
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${FOLDER} ${FOLDER}/*)
  list(SORT files)
  set(symbols "")
  set(rows "")
  set(number 0)
  foreach(file ${files})
    get_filename_component(extension ${file} LAST_EXT)
    string(REGEX REPLACE "^\\." "" extension "${extension}")
    set(type "application/octet-stream")
    list(FIND types "${extension}" at)
    if(at GREATER -1)
      math(EXPR at "${at} + 1")
      list(GET types ${at} type)
    endif()
    file(SHA256 ${FOLDER}/${file} digest)
    string(SUBSTRING ${digest} 0 16 digest)
    set(symbol "oree_embedded_${number}")
    string(APPEND symbols
      "__asm__(\".section .rodata\\n.global ${symbol}\\n.global ${symbol}_end\\n.balign 16\\n${symbol}:\\n.incbin \\\"${FOLDER}/${file}\\\"\\n${symbol}_end:\\n.byte 0\\n.previous\\n\");\n"
      "extern \"C\" const std::byte ${symbol}[];\nextern \"C\" const std::byte ${symbol}_end[];\n")
    string(APPEND rows "    {\"${file}\", \"${type}\", \"\\\"${digest}\\\"\", {${symbol}, ${symbol}_end}},\n")
    math(EXPR number "${number} + 1")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FOLDER}/${file})
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/embedded.cc CONTENT
"#include \"nodes/edge/api/embedded.h\"
${symbols}
namespace oree::edge {
std::span<const EmbeddedFile> embedded_files() {
  static const std::vector<EmbeddedFile> files{
${rows}  };
  return files;
}
}  // namespace oree::edge
" @ONLY)
  set(${OUT} ${CMAKE_CURRENT_BINARY_DIR}/embedded.cc PARENT_SCOPE)
endfunction()
