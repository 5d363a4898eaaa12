using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace GpuPerceptron.Testing;

/// <summary>Writes arrays as NumPy does.</summary>
public static class NpyWriter
{
    /// <summary>Writes rows × columns values, or a vector where <paramref name="columns"/> is 0.</summary>
    public static string Save<T>(string path, T[] values, int columns = 0, bool fortran = false, int version = 1)
        where T : unmanaged
    {
        File.WriteAllBytes(path, Array(values, columns, fortran, version));
        return path;
    }

    /// <summary>Writes an archive of arrays.</summary>
    public static string SaveArchive(string path, CompressionLevel level, params (string Name, byte[] Array)[] arrays)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var (name, array) in arrays)
        {
            using var entry = archive.CreateEntry(name + ".npy", level).Open();
            entry.Write(array);
        }

        return path;
    }

    /// <summary>A whole NPY file.</summary>
    public static byte[] Array<T>(T[] values, int columns = 0, bool fortran = false, int version = 1)
        where T : unmanaged
    {
        int rows = columns == 0 ? values.Length : values.Length / columns;
        if (fortran && columns > 0)
            values = [.. Enumerable.Range(0, values.Length).Select(i => values[i % rows * columns + i / rows])];
        string shape = columns == 0 ? $"{rows}," : $"{rows}, {columns}";
        string order = fortran ? "True" : "False";
        return Array($"{{'descr': '{TypeOf<T>()}', 'fortran_order': {order}, 'shape': ({shape}), }}", MemoryMarshal.AsBytes(values.AsSpan()), version);
    }

    /// <summary>An NPY file of any header and any bytes, however wrong.</summary>
    public static byte[] Array(string header, ReadOnlySpan<byte> values, int version = 1)
    {
        int prefix = version == 1 ? 10 : 12;
        int length = (prefix + header.Length + 1 + 63) / 64 * 64 - prefix;
        byte[] size = BitConverter.GetBytes(length);
        return
        [
            0x93, .. "NUMPY"u8, (byte)version, 0, .. size.AsSpan(0, version == 1 ? 2 : 4),
            .. Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n"), .. values,
        ];
    }

    private static string TypeOf<T>()
    {
        int size = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        return default(T) switch
        {
            bool => "|b1",
            sbyte => "|i1",
            byte => "|u1",
            Half or float or double => $"<f{size}",
            short or int or long => $"<i{size}",
            _ => $"<u{size}",
        };
    }
}
