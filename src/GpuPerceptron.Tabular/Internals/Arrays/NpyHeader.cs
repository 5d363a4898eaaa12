using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace GpuPerceptron.Tabular.Internals.Arrays;

/// <summary>What an NPY file says of its array: see NumPy's NEP 1, "A simple file format for NumPy arrays".</summary>
/// <param name="Type">The values' type as NumPy writes it, without the order of bytes: f4, i8, b1.</param>
/// <param name="IsFortran">Whether columns lie one after another, rather than rows.</param>
/// <param name="Shape">The array's dimensions: one or two.</param>
/// <param name="Length">Bytes of the header, which the values follow.</param>
internal sealed partial record NpyHeader(string Type, bool IsFortran, long[] Shape, int Length)
{
    private const int LongestText = 1 << 16;
    private static readonly string[] Types = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"];

    /// <summary>Whether the array has one dimension.</summary>
    public bool IsVector => Shape.Length == 1;

    /// <summary>Whether a row's values lie apart.</summary>
    public bool IsByColumns => IsFortran && !IsVector;

    /// <summary>Rows, or the values of a vector.</summary>
    public long Rows => Shape[0];

    /// <summary>Columns; a vector is one.</summary>
    public long Columns => IsVector ? 1 : Shape[1];

    /// <summary>Bytes of a value.</summary>
    public int ValueBytes => Type[1] - '0';

    /// <summary>Reads a header and holds it to the file.</summary>
    /// <param name="stream">At the file's first byte.</param>
    /// <param name="length">The file's bytes.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="PerceptronException">It is none, or of an array that cannot be read, or not of as many bytes as follow.</exception>
    public static NpyHeader Read(Stream stream, long length, string name)
    {
        byte[] start = new byte[12];
        int got = stream.ReadAtLeast(start, 10, throwOnEndOfStream: false);
        if (got < 10 || !start.AsSpan(0, 6).SequenceEqual((ReadOnlySpan<byte>)[0x93, .. "NUMPY"u8]))
            throw Unusable(name, "is no NPY file; write it with numpy.save");
        if (start[6] is < 1 or > 3)
            throw Unusable(name, $"is of NPY's version {start[6]}.{start[7]}; write it with numpy.save, as version 1.0 to 3.0");

        // Version 1 gives the text's length in 2 bytes, later ones in 4.
        int prefix = start[6] == 1 ? 10 : 12;
        if (got < prefix) got += stream.ReadAtLeast(start.AsSpan(got), prefix - got, throwOnEndOfStream: false);
        long textLength = prefix == 10
            ? BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8))
            : BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8));
        if (textLength > LongestText) throw Unusable(name, $"has a header of {textLength:N0} bytes, which no array of numbers needs");
        byte[] text = new byte[textLength];
        int rest = got - prefix; // of version 1: what was read of the text already
        start.AsSpan(prefix, rest).CopyTo(text);
        if (stream.ReadAtLeast(text.AsSpan(rest), text.Length - rest, throwOnEndOfStream: false) < text.Length - rest)
            throw Unusable(name, "ends within its header; write or fetch it again");

        var header = Parse(Encoding.UTF8.GetString(text), prefix + text.Length, name);
        header.Check(length, name);
        return header;
    }

    /// <summary>The error of an array that is of no use.</summary>
    public static PerceptronException Unusable(string name, string why) => new(Fault.Data, $"{name} {why}");

    private static NpyHeader Parse(string text, int length, string name)
    {
        if (Structured().IsMatch(text)) throw Unusable(name, "holds records; save each of their fields as an array of its own");
        var type = Descr().Match(text);
        var order = FortranOrder().Match(text);
        var shape = ShapeTuple().Match(text);
        if (!type.Success || !order.Success || !shape.Success)
            throw Unusable(name, "has a header that says no type, order and shape; write it with numpy.save");

        long[] dimensions = [.. shape.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => long.TryParse(text.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
                ? value : throw Unusable(name, $"has the shape ({shape.Groups[1].Value}), which is none; write it with numpy.save"))];
        return new NpyHeader(TypeOf(type.Groups[1].Value, name), order.Groups[1].Value == "True", dimensions, length);
    }

    private static string TypeOf(string descr, string name)
    {
        string type = descr.TrimStart('<', '>', '|', '=');
        if (!Types.Contains(type))
        {
            string what = type.FirstOrDefault() switch
            {
                'O' => "Python objects",
                'U' or 'S' => "texts",
                'c' => "complex numbers",
                'M' or 'm' => "times",
                _ => $"values of type '{descr}'",
            };
            throw Unusable(name, $"holds {what}; make numbers of them, such as by .astype('float32'), and save these");
        }

        return descr[0] == '>' && type[1] != '1'
            ? throw Unusable(name, $"has its bytes in the other order ('{descr}'); save .astype('<{type}')")
            : type;
    }

    /// <summary>A shape that does not fit the file is told before anything is allocated for it.</summary>
    private void Check(long length, string name)
    {
        string shape = string.Join(" × ", Shape);
        if (Shape.Length is 0 or > 2)
            throw Unusable(name, $"has {Shape.Length} dimensions{(Shape.Length > 2 ? $" ({shape})" : "")}; it must have two, samples × features");
        var needed = (UInt128)(ulong)Rows * (ulong)Columns * (ulong)ValueBytes;
        long there = length - Length;
        if (needed == (UInt128)(ulong)there) return;
        string fault = needed > (UInt128)(ulong)there ? "it was cut short, or its header lies" : "its header lies";
        throw Unusable(name, $"says that it is {shape} values of {ValueBytes} bytes, but {there:N0} bytes of them are there: {fault}; write or fetch it again");
    }

    [GeneratedRegex(@"['""]descr['""]\s*:\s*['""]([^'""]+)['""]")]
    private static partial Regex Descr();

    [GeneratedRegex(@"['""]descr['""]\s*:\s*\[")]
    private static partial Regex Structured();

    [GeneratedRegex(@"['""]fortran_order['""]\s*:\s*(True|False)")]
    private static partial Regex FortranOrder();

    [GeneratedRegex(@"['""]shape['""]\s*:\s*\(([^)]*)\)")]
    private static partial Regex ShapeTuple();
}
