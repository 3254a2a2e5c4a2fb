"""Builds the source tree that this recipe stands in:  conan create cmake/conan --build=missing
The lists are those of cmake/README.md:  -o 'poolnorm/*:isas=avx2;portable'"""
import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load


class Poolnorm(ConanFile):
    name = "poolnorm"
    description = "Pooling and batch norm for CPUs"
    license = "Apache-2.0"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {
        "shared": [True, False],
        "openmp": [True, False],
        "isas": [None, "ANY"],
        "families": [None, "ANY"],
        "element_types": [None, "ANY"],
    }
    default_options = {"shared": False, "openmp": True, "isas": None, "families": None, "element_types": None}

    def _tree(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._tree(), "include", "poolnorm", "version.h"))
        self.version = ".".join(re.findall(r"POOLNORM_VERSION_\w+ (\d+)", header))

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "lib/*"):
            copy(self, pattern, src=self._tree(), dst=self.export_sources_folder)

    def requirements(self):
        self.requires("xsimd/[>=13.1 <15]", visible=False)  # headers, at build time only

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["POOLNORM_SHARED"] = bool(self.options.shared)
        toolchain.cache_variables["POOLNORM_OPENMP"] = bool(self.options.openmp)
        for name in ("isas", "families", "element_types"):
            value = self.options.get_safe(name)
            if value:
                toolchain.cache_variables["POOLNORM_" + name.upper()] = str(value)
        toolchain.cache_variables["POOLNORM_INSTALL"] = True
        toolchain.cache_variables["POOLNORM_BUILD_TESTS"] = False
        toolchain.cache_variables["POOLNORM_BUILD_BENCH"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        # CMake finds our own package files; for others, what the pkg-config file says.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "poolnorm")]
        pc = load(self, os.path.join(self.package_folder, "lib", "pkgconfig", "poolnorm.pc"))
        self.cpp_info.defines = re.findall(r" -D(\S+)", pc)
        self.cpp_info.libs, self.cpp_info.system_libs = ["poolnorm"], re.findall(r" -l(?!poolnorm)(\S+)", pc)
